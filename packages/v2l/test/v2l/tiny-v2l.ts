import { type ClipConfig, clipNetwork, initialize, toFloat16 } from "@v2l/nn";
import { TINY_CLIP_TEXT, TINY_TEXT_TOKENIZER, tinyRows } from "@v2l/testing";
import { type BundleParts, type Image, V2L, type V2LOptions, writeBundle } from "v2l";
import { tinyParts } from "../tiny-bundle.js";

/** A bundle of random weights whose CLIP reads texts too. Images 16x16, grid 8x8, 3 of 7 global words. */
export function tinyPartsWithText(): BundleParts {
  const parts = tinyParts();
  const config: ClipConfig = { ...parts.clip.config, text: TINY_CLIP_TEXT };
  const weights = initialize(clipNetwork(config).params, 5);
  const clip = {
    ...parts.clip,
    config,
    weights,
    textTokenizer: JSON.stringify(TINY_TEXT_TOKENIZER),
  };
  return { ...parts, clip };
}

/** The same with local tokens that are those of a language model with these pieces. */
export function tinyPartsFor(vocabulary: readonly string[]): BundleParts {
  const rows = vocabulary.length;
  const localCodebook = { vocabulary, embedding: toFloat16(tinyRows(rows), [rows, 8]) };
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
