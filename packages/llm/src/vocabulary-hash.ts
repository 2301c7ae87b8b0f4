import { createHash } from "node:crypto";

/** SHA-256 (hex) of the pieces joined by line feeds: `LanguageModelInfo.vocabularyHash`. */
export function vocabularyHash(pieces: readonly string[]): string {
  return createHash("sha256").update(pieces.join("\n")).digest("hex");
}
