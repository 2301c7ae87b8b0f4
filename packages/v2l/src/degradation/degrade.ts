import { Random } from "@v2l/nn";
import type { BundleManifest } from "../bundle/manifest.js";
import type { Image } from "../image/image.js";
import { tokenizerSquare } from "../image/preprocess.js";
import { blur, drawBlurKernel } from "./blur.js";
import { type Fill, hideCells } from "./hide.js";
import { rotateLeft } from "./rotate.js";
import { centreMask, lowerHalfMask, type TokenMask, wholeMask } from "./token-mask.js";

/** The five tasks, by their names in the official evaluation. */
export const RESTORATION_TASKS = [
  "inpainting",
  "outpainting",
  "deblur",
  "shift",
  "rotation",
] as const;
export type RestorationTask = (typeof RESTORATION_TASKS)[number];

/** What degrading needs of a bundle: the square that it tokenizes, and its grid. */
export type DegradableBy = Pick<BundleManifest, "image" | "grid" | "clip">;

export interface DegradeOptions {
  /** Decides the blur's kernel. Default 0. */
  readonly seed?: number;
  /** What hidden pixels are painted with, for in- and outpainting. Default `nearest`. */
  readonly fill?: Fill;
  /**
   * For `shift`: how much larger than the square the picture's shorter side becomes, in pixels; the
   * content then moves by half of it. Default 0, the official evaluation's, which leaves square
   * pictures as they are.
   */
  readonly shiftMargin?: number;
}

/** A picture before and after, each the square that is tokenized, and what is to be restored. */
export interface Degraded {
  readonly clean: Image;
  readonly degraded: Image;
  /** Tokens to restore: those hidden, or all. */
  readonly mask: TokenMask;
}

/**
 * Damages a picture as the official evaluation of the task does:
 *
 * - `inpainting` hides the middle 8x8 of 16x16 tokens (of other grids the middle half of the rows and
 *   columns), `outpainting` the lower half. The official code hides tokens only: it encodes the whole
 *   picture. Here the pixels are painted over first, or the visible tokens would know of them.
 * - `deblur`: Gaussian blur with a kernel of 5, 7, 9 or 11 pixels, see {@link blur}.
 * - `shift`: the lower right square of the picture in place of the middle one.
 * - `rotation`: by 90 degrees counter-clockwise.
 */
export function degrade(
  image: Image,
  task: RestorationTask,
  { image: { size }, grid, clip: { preprocess } }: DegradableBy,
  { seed = 0, fill = "nearest", shiftMargin = 0 }: DegradeOptions = {},
): Degraded {
  const crop = { margin: task === "shift" ? shiftMargin : 0 };
  const clean = tokenizerSquare(image, size, preprocess, crop);
  const whole = (degraded: Image): Degraded => ({ clean, degraded, mask: wholeMask(grid) });
  const hidden = (mask: TokenMask): Degraded => {
    return { clean, degraded: hideCells(clean, mask, fill), mask };
  };
  switch (task) {
    case "inpainting":
      return hidden(centreMask(grid, Math.min(grid.height, grid.width) / 2));
    case "outpainting":
      return hidden(lowerHalfMask(grid));
    case "deblur":
      return whole(blur(clean, { kernel: drawBlurKernel(new Random(seed)) }));
    case "shift":
      return whole(tokenizerSquare(image, size, preprocess, { ...crop, anchor: "lower right" }));
    case "rotation":
      return whole(rotateLeft(clean));
  }
}
