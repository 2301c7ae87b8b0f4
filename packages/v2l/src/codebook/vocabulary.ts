import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expected, V2LError } from "@v2l/nn";
import type { BundleManifest } from "../bundle/manifest.js";
import { readNpyRecords } from "../checkpoint/npy.js";
import { atomicWriteFile } from "../files/atomic-write.js";

const FORMAT = "v2l-vocabulary";

/** The texts that the two codebooks are made of. */
export interface CodebookTexts {
  /** The model whose tokens the local codebook has; null where none is known. */
  readonly llm: BundleManifest["llm"];
  /** Words of the local codebook: the model's pieces as its tokenizer spells them, by token id. */
  readonly pieces: readonly string[];
  /** What CLIP reads for each piece. */
  readonly subwords: readonly string[];
  /** Different texts, among which images choose the global codebook. */
  readonly candidates: readonly string[];
}

/** The subwords of a language model with their continuations (paper, section 3.1); lists by token id. */
export interface ExpandedVocabulary {
  readonly llm: BundleManifest["llm"];
  readonly pieces: readonly string[];
  /** The text of a piece; null where it has none: control tokens, bytes, blanks. */
  readonly subwords: readonly (string | null)[];
  /** Subword and the model's next token; null where the model ends the phrase. */
  readonly bigrams: readonly (string | null)[];
  /** Bigram and one token more. */
  readonly trigrams: readonly (string | null)[];
}

/** Local and global texts of an expanded vocabulary. Pieces without a text keep their spelling. */
export function codebookTexts(vocabulary: ExpandedVocabulary): CodebookTexts {
  const { llm, pieces, subwords, bigrams, trigrams } = vocabulary;
  const texts = [...subwords, ...bigrams, ...trigrams].filter((text) => text !== null);
  return {
    llm,
    pieces,
    subwords: pieces.map((piece, id) => subwords[id] ?? piece),
    candidates: [...new Set(texts)],
  };
}

/**
 * The text of a SentencePiece piece: without the marker of a blank, as the official code has it (there
 * by decoding single ids). A piece of markers only keeps its spelling.
 */
export function pieceText(piece: string): string {
  const text = piece.replaceAll("▁", " ").trim();
  return text === "" ? piece : text;
}

/** Writes an expanded vocabulary as JSON, as a whole or not at all. */
export async function writeVocabulary(path: string, vocabulary: ExpandedVocabulary): Promise<void> {
  const { llm, pieces, subwords, bigrams, trigrams } = vocabulary;
  const content = { format: FORMAT, version: 1, llm, pieces, subwords, bigrams, trigrams };
  await atomicWriteFile(path, `${JSON.stringify(content)}\n`);
}

/**
 * Reads what {@link writeVocabulary} wrote, or the official `subword_bigram_trigram_vocabulary.npy`
 * (its subwords are decoded already, so they stand for the pieces too).
 * @throws V2LError FILE_NOT_FOUND; CHECKPOINT_UNREADABLE; CHECKPOINT_UNSAFE
 */
export async function readVocabulary(path: string): Promise<ExpandedVocabulary> {
  if (path.endsWith(".npy")) return officialVocabulary(path);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    const remedy = "Make it with `v2l codebook expand`";
    throw new V2LError(
      "FILE_NOT_FOUND",
      expected("an expanded vocabulary", path, "nothing readable", remedy),
      { cause },
    );
  });
  const value = parse(text);
  if (isVocabulary(value)) {
    const { llm, pieces, subwords, bigrams, trigrams } = value;
    return { llm, pieces, subwords, bigrams, trigrams };
  }
  throw new V2LError(
    "CHECKPOINT_UNREADABLE",
    expected(
      `JSON of format ${FORMAT}, version 1, with four lists of one length`,
      path,
      "other content",
    ),
  );
}

async function officialVocabulary(path: string): Promise<ExpandedVocabulary> {
  const records = await readNpyRecords(path);
  const column = (key: string) => records.map((record) => record[key] || null);
  return {
    llm: null,
    pieces: records.map((record) => record["1"] ?? ""),
    subwords: column("1"),
    bigrams: column("2"),
    trigrams: column("3"),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isVocabulary(value: unknown): value is ExpandedVocabulary {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, llm, pieces, subwords, bigrams, trigrams } = value as Record<
    string,
    unknown
  >;
  const lists = [pieces, subwords, bigrams, trigrams];
  return (
    format === FORMAT &&
    version === 1 &&
    typeof llm === "object" &&
    Array.isArray(pieces) &&
    pieces.every((piece) => typeof piece === "string") &&
    lists.every((list) => {
      return (
        Array.isArray(list) &&
        list.length === pieces.length &&
        list.every((text) => text === null || typeof text === "string")
      );
    })
  );
}

/** SHA-256 (hex) that names a list of texts. */
export function textsDigest(texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}
