import { expected, V2LError } from "@v2l/nn";
import type { LanguageModelInfo, LanguageModelVocabulary } from "../language-model.js";
import { TOKEN_KINDS } from "../language-model.js";
import { firstRepeated } from "../vocabulary.js";
import type { GgufHeader, GgufValue } from "./read-gguf-header.js";

/** The vocabulary inside a GGUF file. */
export interface GgufVocabulary extends LanguageModelVocabulary {
  readonly bos: number | null;
  readonly eos: number | null;
  /** See {@link LanguageModelInfo.chatTemplate}. */
  readonly chatTemplate: string | null;
}

/**
 * The vocabulary that a file's header describes. Entries without a kind are normal.
 * @param path names the file in errors
 * @throws MODEL_UNREADABLE where the header has none, or one that contradicts itself
 */
export function ggufVocabulary({ metadata }: GgufHeader, path: string): GgufVocabulary {
  const pieces = metadata.get("tokenizer.ggml.tokens");
  if (!isArrayOf(pieces, "string") || pieces.length === 0) {
    throw unreadable(path, "a vocabulary (tokenizer.ggml.tokens)", pieces);
  }
  // llama.cpp gives empty pieces names of its own.
  const repeated = firstRepeated(pieces.filter((piece) => piece !== ""));
  if (repeated !== null) throw unreadable(path, "pieces that differ", repeated);
  const kinds = metadata.get("tokenizer.ggml.token_type") ?? pieces.map(() => TOKEN_KINDS.normal);
  if (!isArrayOf(kinds, "number") || kinds.length !== pieces.length) {
    throw unreadable(path, `${pieces.length} kinds of tokens`, kinds);
  }
  const id = (name: string): number | null => {
    const value = metadata.get(`tokenizer.ggml.${name}_token_id`);
    if (value === undefined) return null;
    if (typeof value === "number" && value < pieces.length) return value;
    throw unreadable(path, `an id below ${pieces.length} for ${name}`, value);
  };
  const template = metadata.get("tokenizer.chat_template");
  return {
    pieces,
    kinds: Uint8Array.from(kinds),
    bos: id("bos"),
    eos: id("eos"),
    chatTemplate: typeof template === "string" ? template : null,
  };
}

function isArrayOf<K extends "string" | "number">(
  value: GgufValue | undefined,
  kind: K,
): value is readonly (K extends "string" ? string : number)[] {
  return Array.isArray(value) && value.every((element) => typeof element === kind);
}

function unreadable(path: string, what: string, received: GgufValue | undefined): V2LError {
  const shown = Array.isArray(received) ? `${received.length} values` : (received ?? "none");
  return new V2LError("MODEL_UNREADABLE", expected(what, path, shown));
}
