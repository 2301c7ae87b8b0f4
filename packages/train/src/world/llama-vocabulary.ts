import { type LlamaVocabulary, TOKEN_KINDS } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { SentencePieceModel } from "./sentencepiece.js";

/**
 * A SentencePiece vocabulary as GGUF's writer takes it.
 * @throws V2LError INVALID_ARGUMENT where `<s>`, `</s>` or the unknown entry is missing.
 */
export function llamaVocabulary({ pieces, dummyPrefix }: SentencePieceModel): LlamaVocabulary {
  const find = (name: string, id: number): number => {
    if (id >= 0) return id;
    throw new V2LError("INVALID_ARGUMENT", expected("an entry for it", name, "none"));
  };
  const control = (text: string) => {
    return pieces.findIndex(({ piece, type }) => type === "control" && piece === text);
  };
  return {
    pieces: pieces.map(({ piece }) => piece),
    scores: pieces.map(({ score }) => score),
    kinds: Uint8Array.from(pieces, ({ type }) => {
      return TOKEN_KINDS[type === "user" ? "userDefined" : type];
    }),
    bos: find("<s>", control("<s>")),
    eos: find("</s>", control("</s>")),
    unknown: find(
      "<unk>",
      pieces.findIndex(({ type }) => type === "unknown"),
    ),
    addSpacePrefix: dummyPrefix,
  };
}
