import { expected, V2LError } from "@v2l/nn";
import type { PixelMask } from "../degradation/pixel-mask.js";
import type { Image } from "../image/image.js";

/** The pixels that a metric looks at: those that the mask hides. */
export type Region = PixelMask;

/** The pixels of a region, or all of the picture, in raster order. @throws V2LError INVALID_ARGUMENT */
export function regionPixels(image: Image, region: Region | undefined): number[] {
  const { width, height } = image;
  const all = [...new Array(width * height).keys()];
  if (region === undefined) return all;
  checkRegion(image, region);
  const inside = all.filter((pixel) => region.hidden[pixel] === 1);
  if (inside.length > 0) return inside;
  throw new V2LError("INVALID_ARGUMENT", expected("at least one pixel", "region", "none"));
}

export function checkSizes(a: Image, b: Image): void {
  if (a.width === b.width && a.height === b.height) return;
  throw new V2LError(
    "INVALID_ARGUMENT",
    expected(`a picture of ${a.width}x${a.height}`, "b", `${b.width}x${b.height}`),
  );
}

/** @throws V2LError INVALID_ARGUMENT where the region is of another size */
export function checkRegion({ width, height }: Image, region: Region): void {
  if (region.width === width && region.height === height) return;
  const received = `${region.width}x${region.height}`;
  const what = `a mask of ${width}x${height}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "region", received));
}
