import type { PromptInput } from "../tasks/index.js";

/** What is read of an image: its global words, nearest first, and words of its parts. */
export type ReadWords = Pick<PromptInput, "words" | "places">;

/** An image to evaluate on, as words. */
export interface EvaluatedImage extends ReadWords {
  /** Those of another image. */
  readonly other: ReadWords;
}

/**
 * Which words are read of an image: its own, those of the whole image alone, or, as controls, none or those of
 * another image.
 */
export type WordsRead = "own" | "whole" | "none" | "other";

export function wordsRead(image: EvaluatedImage, which: WordsRead): Required<ReadWords> {
  const { words, places = [] } = which === "other" ? image.other : image;
  if (which === "none") return { words: [], places: [] };
  return { words, places: which === "whole" ? [] : places };
}

/**
 * Gives each image the words of another one, half the list away: neighbours share nothing either, but
 * this also survives sorted lists.
 * @param images at least two
 */
export function withOtherWords<T extends ReadWords>(images: readonly T[]): (T & EvaluatedImage)[] {
  const half = Math.floor(images.length / 2);
  return images.map((image, i) => {
    const { words, places = [] } = images[(i + half) % images.length] as T;
    return { ...image, other: { words, places } };
  });
}
