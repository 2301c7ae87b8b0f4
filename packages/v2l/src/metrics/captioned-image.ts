import { expected, V2LError } from "@v2l/nn";

/** A caption to judge, beside true captions of the same image. */
export interface CaptionedImage {
  /** May be empty. */
  readonly caption: string;
  /** At least one. */
  readonly references: readonly string[];
}

/** The same as words, see {@link captionTokens}. */
export interface TokenizedImage {
  readonly caption: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** A metric of captions: its value, and what each image contributes to it. */
export interface CaptionScore {
  /** Over all images. */
  readonly score: number;
  /** In the order of the images; `score` is their mean. */
  readonly images: readonly number[];
}

/** What PTB's tokenizer cuts off the end of a word: `dog's`, `isn't`. */
const CLITIC = /(n't|'(?:s|re|ve|ll|d|m))(?![\p{L}\p{N}])/gu;
const TOKEN = /'?[\p{L}\p{N}]+(?:-[\p{L}\p{N}]+|(?<=\p{N})[.,]\p{N}+|'[\p{L}\p{N}]+)*/gu;

/**
 * The words of a caption, in lower case and without punctuation. On plain English sentences these are the
 * words of the captioning field's tokenizer (PTBTokenizer of Stanford CoreNLP, `lowerCase`, without
 * the punctuation that coco-caption drops); abbreviations with periods and markup it treats otherwise.
 */
export function captionTokens(text: string): string[] {
  return text.toLowerCase().replaceAll(CLITIC, " $1").match(TOKEN) ?? [];
}

/** @throws V2LError INVALID_ARGUMENT where there is no image, or an image has no reference */
export function tokenizeCaptions(images: readonly CaptionedImage[]): TokenizedImage[] {
  if (images.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one image", "images", "none"));
  }
  return images.map(({ caption, references }, i) => {
    if (references.length === 0) {
      const what = "at least one reference caption";
      throw new V2LError("INVALID_ARGUMENT", expected(what, `images[${i}].references`, "none"));
    }
    return { caption: captionTokens(caption), references: references.map(captionTokens) };
  });
}

/** How often each run of `length` words occurs; its words are joined by blanks. */
export function ngramCounts(tokens: readonly string[], length: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let first = 0; first + length <= tokens.length; first++) {
    const ngram = tokens.slice(first, first + length).join(" ");
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

export function meanScore(images: readonly number[]): CaptionScore {
  return { score: images.reduce((sum, one) => sum + one, 0) / images.length, images };
}
