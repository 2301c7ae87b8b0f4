import {
  type CaptionedImage,
  type CaptionScore,
  meanScore,
  ngramCounts,
  type TokenizedImage,
  tokenizeCaptions,
} from "./captioned-image.js";

export const CIDER_VARIANTS = ["CIDEr-D", "CIDEr"] as const;
export type CiderVariant = (typeof CIDER_VARIANTS)[number];

/** n-grams of 1 to 4 words. */
const ORDERS = [1, 2, 3, 4] as const;
/** Standard deviation of the penalty for another length, in words. */
const SIGMA = 6;

/** A sentence as tf-idf vectors, one for each length of n-grams. */
interface Weighted {
  readonly vectors: readonly ReadonlyMap<string, number>[];
  readonly norms: readonly number[];
  /** In words. */
  readonly length: number;
}

/**
 * CIDEr, 0 to 10: for n-grams of 1 to 4 words the mean cosine between the tf-idf vectors of caption and
 * reference, averaged over lengths and references, times 10. An n-gram counts the less the more
 * images have it in their references. Vedantam et al., "CIDEr: Consensus-based Image Description
 * Evaluation", CVPR 2015.
 *
 * `CIDEr-D`, the default, is what papers report as CIDEr, since coco-caption computes it under that name: a
 * caption gains nothing by repeating an n-gram more often than the reference has it, and a
 * Gaussian penalty (sigma 6 words) takes out captions of other lengths. `CIDEr` is without either.
 *
 * Document frequencies come from the references of `images` themselves: values depend on the whole set,
 * and a single image scores 0, because nothing tells its n-grams from those of others.
 * @throws V2LError INVALID_ARGUMENT where there is no image, or an image has no reference
 */
export function cider(
  images: readonly CaptionedImage[],
  variant: CiderVariant = "CIDEr-D",
): CaptionScore {
  const tokenized = tokenizeCaptions(images);
  const weigh = weighing(tokenized);
  const scores = tokenized.map(({ caption, references }) => {
    const weighted = weigh(caption);
    const similarities = references.map((each) => similarity(weighted, weigh(each), variant));
    return (10 * similarities.reduce((sum, one) => sum + one, 0)) / references.length;
  });
  return meanScore(scores);
}

/** Makes tf-idf vectors by the document frequencies of all references. */
function weighing(images: readonly TokenizedImage[]): (tokens: readonly string[]) => Weighted {
  const frequencies = ORDERS.map((length) => {
    const documents = new Map<string, number>();
    for (const { references } of images) {
      const ngrams = references.flatMap((each) => [...ngramCounts(each, length).keys()]);
      for (const one of new Set(ngrams)) documents.set(one, (documents.get(one) ?? 0) + 1);
    }
    return documents;
  });
  const logImages = Math.log(images.length);
  return (tokens) => {
    const vectors = ORDERS.map((length, n) => {
      const counts = [...ngramCounts(tokens, length)].map(([ngram, count]) => {
        const inverse = logImages - Math.log(Math.max(1, frequencies[n]?.get(ngram) ?? 0));
        return [ngram, count * inverse] as const;
      });
      return new Map(counts);
    });
    const norms = vectors.map((vector) => Math.hypot(...vector.values()));
    return { vectors, norms, length: tokens.length };
  };
}

function similarity(caption: Weighted, reference: Weighted, variant: CiderVariant): number {
  const limited = variant === "CIDEr-D";
  const cosines = caption.vectors.map((vector, n) => {
    const product = [...vector].reduce((sum, [ngram, weight]) => {
      const wanted = reference.vectors[n]?.get(ngram) ?? 0;
      return sum + (limited ? Math.min(weight, wanted) : weight) * wanted;
    }, 0);
    const norms = (caption.norms[n] as number) * (reference.norms[n] as number);
    return norms === 0 ? 0 : product / norms;
  });
  const mean = cosines.reduce((sum, one) => sum + one, 0) / ORDERS.length;
  const difference = caption.length - reference.length;
  return limited ? mean * Math.exp(-(difference ** 2) / (2 * SIGMA ** 2)) : mean;
}
