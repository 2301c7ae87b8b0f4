import { createHash } from "node:crypto";

const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/;

/** SHA-256 (hex) of the pieces joined by line feeds: equal where token ids mean the same. */
export function vocabularyHash(pieces: readonly string[]): string {
  return createHash("sha256").update(pieces.join("\n")).digest("hex");
}

/** The byte, 0 to 255, that a piece like `<0x0A>` stands for; null for every other piece. */
export function byteOfPiece(piece: string): number | null {
  const digits = BYTE_PIECE.exec(piece)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** A piece that stands twice in a vocabulary, which llama.cpp answers by ending the process; else null. */
export function firstRepeated(pieces: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const piece of pieces) {
    if (seen.has(piece)) return piece;
    seen.add(piece);
  }
  return null;
}
