import type { Image } from "../image/image.js";
import { LUMA } from "./luma.js";
import { checkSizes, type Region, regionPixels } from "./region.js";

/**
 * Peak signal-to-noise ratio over the red, green and blue bytes of two pictures of one size, in decibel:
 * `10 log10(255^2 / mean squared difference)`. Equal pictures give Infinity.
 * @param region the pixels that count; default all
 * @throws V2LError INVALID_ARGUMENT when the sizes differ, or the region is empty.
 */
export function psnrRgb(a: Image, b: Image, region?: Region): number {
  const squared = meanOverPixels(a, b, region, (i) => {
    let sum = 0;
    for (let c = i * 3; c < i * 3 + 3; c++) {
      sum += ((a.data[c] as number) - (b.data[c] as number)) ** 2;
    }
    return sum / 3;
  });
  return 10 * Math.log10(255 ** 2 / squared);
}

/**
 * Peak signal-to-noise ratio on Y of YCbCr, in decibel, as the official evaluation measures it (pyiqa's
 * `psnr` with `test_y_channel` and `ycbcr`): BT.601 luma in its video range, peak 1, and 1e-8 added to
 * the mean squared difference, so equal pictures give 80. The official code compares the
 * reconstruction before it is rounded to bytes.
 * @param region the pixels that count; default all
 * @throws V2LError INVALID_ARGUMENT when the sizes differ, or the region is empty.
 */
export function psnrY(a: Image, b: Image, region?: Region): number {
  const squared = meanOverPixels(a, b, region, (i) => {
    let difference = 0;
    for (let c = 0; c < 3; c++) {
      const bytes = (a.data[i * 3 + c] as number) - (b.data[i * 3 + c] as number);
      difference += ((LUMA[c] as number) * bytes) / 255;
    }
    return difference ** 2;
  });
  return 10 * Math.log10(1 / (squared + 1e-8));
}

function meanOverPixels(
  a: Image,
  b: Image,
  region: Region | undefined,
  squared: (pixel: number) => number,
): number {
  checkSizes(a, b);
  let sum = 0;
  let count = 0;
  for (const pixel of regionPixels(a, region)) {
    sum += squared(pixel);
    count++;
  }
  return sum / count;
}
