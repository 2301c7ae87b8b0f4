import { type ClipConfig, clipNetwork, initialize, toFloat16 } from "@v2l/nn";
import { type BundleParts, type Image, V2L, type V2LOptions, writeBundle } from "v2l";
import { tinyParts } from "../tiny-bundle.js";

/** Seven pieces, LLaMA style: begin is 1, words count as they are, and 7 ends a text. */
const textTokenizer = {
  version: "1.0",
  added_tokens: [],
  normalizer: { type: "Lowercase" },
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordPiece",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "<unk>": 0, "<s>": 1, "</s>": 2, a: 3, photo: 4, of: 5, dog: 6 },
    unk_token: "<unk>",
  },
};

const text = { width: 8, layers: 1, heads: 2, contextLength: 6, vocabSize: 8 };

/** A bundle of random weights whose CLIP reads texts too. Images 16x16, grid 8x8, 3 of 7 global words. */
export function tinyPartsWithText(): BundleParts {
  const parts = tinyParts();
  const config: ClipConfig = { ...parts.clip.config, text };
  const weights = initialize(clipNetwork(config).params, 5);
  const clip = { ...parts.clip, config, weights, textTokenizer: JSON.stringify(textTokenizer) };
  return { ...parts, clip };
}

/** The same with local tokens that are those of a language model with these pieces. */
export function tinyPartsFor(vocabulary: readonly string[]): BundleParts {
  const rows = vocabulary.length;
  const values = Float32Array.from({ length: rows * 8 }, (_, i) => Math.sin(i * i));
  const localCodebook = { vocabulary, embedding: toFloat16(values, [rows, 8]) };
  return { ...tinyPartsWithText(), localCodebook };
}

/** Writes the parts into a new folder and loads them. */
export async function loadParts(
  folder: string,
  parts: BundleParts = tinyPartsWithText(),
  options?: V2LOptions,
): Promise<V2L> {
  await writeBundle(folder, parts);
  return V2L.load(folder, options);
}

/** A picture of any size that depends on `seed`. */
export function picture(width: number, height: number, seed: number): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    return 128 + 127 * Math.sin(i * 0.013 * (seed + 1) + seed);
  });
  return { width, height, data };
}
