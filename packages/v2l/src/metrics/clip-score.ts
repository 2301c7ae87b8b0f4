import { expected, V2LError } from "@v2l/nn";
import { norm } from "../v2l/lexicon.js";

/**
 * The CLIP score of an image and a text: `100 max(cos, 0)` of their embeddings, 0 to 100. Hessel et al.,
 * "CLIPScore: A Reference-free Evaluation Metric for Image Captioning", EMNLP 2021, with the factor 100
 * of most papers instead of 2.5. Scores of different CLIPs are not comparable. A text may be several: for
 * the CLIP score of an image's words average over them.
 * @param image its embedding, of any length
 * @param text its embedding, of the same width, for instance the row of a codebook
 * @throws V2LError INVALID_ARGUMENT where the widths differ, or an embedding is zero
 */
export function clipScore(image: Float32Array, text: Float32Array): number {
  return 100 * Math.max(0, cosine(image, text));
}

/**
 * The relative CLIP score of each entry of a vocabulary for an image, 0 to 1: its cosine, scaled so that
 * the least similar entry has 0 and the most similar one 1. The paper judges global words by it, after SPAE
 * (Yu et al., NeurIPS 2023).
 * @param image its embedding
 * @param entries embeddings of the whole vocabulary, at least two different ones
 * @throws V2LError INVALID_ARGUMENT
 */
export function relativeClipScores(
  image: Float32Array,
  entries: readonly Float32Array[],
): number[] {
  const cosines = entries.map((entry) => cosine(image, entry));
  const least = cosines.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = cosines.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!(most > least)) {
    const what = "at least two entries of different similarity";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "entries", entries.length));
  }
  return cosines.map((one) => (one - least) / (most - least));
}

function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    const what = `an embedding of ${a.length} values`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "text", b.length));
  }
  let product = 0;
  for (let i = 0; i < a.length; i++) product += (a[i] as number) * (b[i] as number);
  const lengths = norm(a) * norm(b);
  if (lengths > 0) return product / lengths;
  const what = "embeddings of a length above 0";
  throw new V2LError("INVALID_ARGUMENT", expected(what, "image, text", `${lengths}`));
}
