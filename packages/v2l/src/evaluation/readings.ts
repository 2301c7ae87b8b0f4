/** An image to evaluate on, as words. */
export interface EvaluatedImage {
  /** Its global words, nearest first. */
  readonly words: readonly string[];
  /** Those of another image. */
  readonly otherWords: readonly string[];
}

/** Which words are read of an image: its own or, as controls, none or those of another image. */
export type WordsRead = "own" | "none" | "other";

export function wordsRead(
  { words, otherWords }: EvaluatedImage,
  which: WordsRead,
): readonly string[] {
  if (which === "none") return [];
  return which === "own" ? words : otherWords;
}

/**
 * Gives each image the words of another one, half the list away: neighbours share nothing either, but
 * this also survives sorted lists.
 * @param images at least two
 */
export function withOtherWords<T extends { readonly words: readonly string[] }>(
  images: readonly T[],
): (T & EvaluatedImage)[] {
  const half = Math.floor(images.length / 2);
  return images.map((image, i) => {
    const other = images[(i + half) % images.length] as T;
    return { ...image, otherWords: other.words };
  });
}
