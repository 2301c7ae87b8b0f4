import type { ImageSource } from "../image/load.js";
import { batches } from "../v2l/batches.js";
import { loadInput } from "../v2l/load-input.js";
import { placedTexts } from "../v2l/places.js";
import type { EncodeOptions, V2L } from "../v2l/v2l.js";
import type { PromptInput } from "./prompt.js";

/** What a language model reads of an image. */
export type ImageReading = Required<Pick<PromptInput, "words" | "places">>;

export interface ReadOptions extends EncodeOptions {
  /** Things in its parts, with where they are, and the background; see `V2L.locate`. Default 0: neither, as in the paper. */
  readonly places?: number;
}

/**
 * Turns images into what prompts show of them: all global words and, where asked for, words with places.
 * @throws V2LError what `V2L.describe` throws
 */
export async function readImages(
  v2l: V2L,
  images: readonly ImageSource[],
  options: ReadOptions = {},
): Promise<ImageReading[]> {
  const readings: ImageReading[] = [];
  for await (const sources of batches(images, options)) {
    // Each file is decoded once, for the whole and for its parts.
    const loaded = await Promise.all(sources.map((source) => loadInput(source, options)));
    const described = await v2l.describe(loaded, options);
    const places = await locateWords(v2l, loaded, options);
    described.forEach((words, i) => {
      readings.push({ words: words.map(({ word }) => word), places: places[i] as string[] });
    });
  }
  return readings;
}

/** What is in parts of each image, and where, as prompts show it; nothing without `places`. */
export async function locateWords(
  v2l: V2L,
  images: readonly ImageSource[],
  { places = 0, ...options }: ReadOptions = {},
): Promise<string[][]> {
  if (places === 0) return images.map(() => []);
  const located = await v2l.locate(images, { ...options, count: places });
  return located.map(placedTexts);
}
