import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";

/**
 * Peak signal-to-noise ratio over the red, green and blue bytes of two pictures of one size, in decibel:
 * `10 log10(255^2 / mean squared difference)`. Equal pictures give Infinity.
 * @throws V2LError INVALID_ARGUMENT when the sizes differ.
 */
export function psnrRgb(a: Image, b: Image): number {
  checkSizes(a, b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    sum += ((a.data[i] as number) - (b.data[i] as number)) ** 2;
  }
  return 10 * Math.log10(255 ** 2 / (sum / a.data.length));
}

/** Weights of red, green and blue (0..1) in the luma of ITU-R BT.601, which spans 219 of 255 steps. */
const LUMA = [65.481 / 255, 128.553 / 255, 24.966 / 255] as const;

/**
 * Peak signal-to-noise ratio on Y of YCbCr, in decibel, as the official evaluation measures it (pyiqa's
 * `psnr` with `test_y_channel` and `ycbcr`): BT.601 luma in its video range, peak 1, and 1e-8 added to
 * the mean squared difference, so equal pictures give 80. The official code compares the
 * reconstruction before it is rounded to bytes.
 * @throws V2LError INVALID_ARGUMENT when the sizes differ.
 */
export function psnrY(a: Image, b: Image): number {
  checkSizes(a, b);
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 3) {
    let difference = 0;
    for (let c = 0; c < 3; c++) {
      const bytes = (a.data[i + c] as number) - (b.data[i + c] as number);
      difference += ((LUMA[c] as number) * bytes) / 255;
    }
    sum += difference ** 2;
  }
  return 10 * Math.log10(1 / (sum / (a.data.length / 3) + 1e-8));
}

function checkSizes(a: Image, b: Image): void {
  if (a.width === b.width && a.height === b.height) return;
  throw new V2LError(
    "INVALID_ARGUMENT",
    expected(`a picture of ${a.width}x${a.height}`, "b", `${b.width}x${b.height}`),
  );
}
