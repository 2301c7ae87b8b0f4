import {
  type CaptionedImage,
  type CaptionScore,
  meanScore,
  tokenizeCaptions,
} from "./captioned-image.js";

/** How much more recall weighs than precision. */
const BETA = 1.2;

/**
 * ROUGE-L, 0 to 1: F-measure of the longest common subsequence of caption and reference, its precision
 * the best over the references and its recall the best over them, as coco-caption computes it.
 * Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004.
 * @throws V2LError INVALID_ARGUMENT where there is no image, or an image has no reference
 */
export function rougeL(images: readonly CaptionedImage[]): CaptionScore {
  const scores = tokenizeCaptions(images).map(({ caption, references }) => {
    const common = references.map((reference) => commonLength(caption, reference));
    if (Math.max(...common) === 0) return 0;
    const precision = Math.max(...common) / caption.length;
    const recall = Math.max(
      ...common.map((length, i) => length / Math.max(1, references[i]?.length ?? 0)),
    );
    return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
  });
  return meanScore(scores);
}

/** Length of the longest common subsequence. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const word of a) {
    const next = [0];
    b.forEach((other, j) => {
      const both = word === other;
      next.push(both ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number));
    });
    row = next;
  }
  return row.at(-1) as number;
}
