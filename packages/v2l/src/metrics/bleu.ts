import {
  type CaptionedImage,
  ngramCounts,
  type TokenizedImage,
  tokenizeCaptions,
} from "./captioned-image.js";

/** What coco-caption adds to counts: no match at all is hardly above 0, and nothing is divided by 0. */
const TINY = 1e-15;
const SMALL = 1e-9;

/**
 * BLEU of a corpus, 0 to 1: the geometric mean of the clipped precisions of n-grams up to `order`,
 * matches and n-grams added up over all images, times the brevity penalty; of an image's references
 * the one closest in length counts for it, the shorter of two equally close.
 * Papineni et al., "BLEU: a method for automatic evaluation of machine translation", ACL 2002, as
 * coco-caption's `Bleu` computes it.
 * @param order 4 gives BLEU-4
 * @throws V2LError INVALID_ARGUMENT where there is no image, or an image has no reference
 */
export function bleu(images: readonly CaptionedImage[], order = 4): number {
  const tokenized = tokenizeCaptions(images);
  const precisions = Array.from({ length: order }, (_, i) => precision(tokenized, i + 1));
  const mean = precisions.reduce((product, one) => product * one, 1) ** (1 / order);
  return mean * brevityPenalty(tokenized);
}

function precision(images: readonly TokenizedImage[], length: number): number {
  let matched = 0;
  let guessed = 0;
  for (const { caption, references } of images) {
    const counts = references.map((reference) => ngramCounts(reference, length));
    for (const [ngram, count] of ngramCounts(caption, length)) {
      guessed += count;
      matched += Math.min(count, Math.max(...counts.map((each) => each.get(ngram) ?? 0)));
    }
  }
  return (matched + TINY) / (guessed + SMALL);
}

function brevityPenalty(images: readonly TokenizedImage[]): number {
  let length = 0;
  let referenceLength = 0;
  for (const { caption, references } of images) {
    length += caption.length;
    referenceLength += closest(
      references.map((reference) => reference.length),
      caption.length,
    );
  }
  const ratio = (length + TINY) / (referenceLength + SMALL);
  return ratio < 1 ? Math.exp(1 - 1 / ratio) : 1;
}

function closest(lengths: readonly number[], to: number): number {
  const distance = (length: number) => Math.abs(length - to);
  return lengths.reduce((best, one) => {
    const nearer = distance(one) - distance(best);
    return nearer < 0 || (nearer === 0 && one < best) ? one : best;
  });
}
