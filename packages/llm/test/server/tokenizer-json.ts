import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes a `tokenizer.json` in LLaMA-2's form, without merges: the fake's tokenizer where all ordinary
 * pieces are single characters.
 * @returns its path
 */
export function writeTokenizerJson(folder: string, pieces: readonly string[]): string {
  const special = ["<unk>", "<s>", "</s>"].map((content) => ({
    id: pieces.indexOf(content),
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  }));
  const json = {
    version: "1.0",
    added_tokens: special,
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: [],
    },
  };
  const path = join(folder, "tokenizer.json");
  writeFileSync(path, JSON.stringify(json));
  return path;
}
