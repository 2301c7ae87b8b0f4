import { expected, V2LError } from "@v2l/nn";
import type { Box, Image } from "../image/image.js";
import { meanColor } from "./hide.js";
import { type PixelMask, rectangleMask } from "./pixel-mask.js";
import type { TokenGrid } from "./token-mask.js";

/** What is added to a picture on each side, in pixels of the picture or in tokens; 0 by default. */
export interface Margins {
  readonly left?: number;
  readonly right?: number;
  readonly top?: number;
  readonly bottom?: number;
}

/** A picture with room around it, as a square, since a square is what is tokenized. */
export interface Extended {
  /** All that is not the picture has its mean colour. */
  readonly image: Image;
  /** All that is not the picture is hidden. */
  readonly pixels: PixelMask;
  /** Where the picture and its margins lie; the rest only makes the square. */
  readonly box: Box;
}

type Size = Pick<Image, "width" | "height">;

/**
 * Extends a picture, for outpainting. The square is as large as the longer side with its margins, which
 * lie in its middle.
 * @param margins in pixels, whole and at least 0, one of them above 0
 * @throws V2LError INVALID_ARGUMENT
 */
export function extendImage(image: Image, margins: Margins): Extended {
  const { left = 0, right = 0, top = 0, bottom = 0 } = margins;
  const all = [left, right, top, bottom];
  if (!all.every((one) => Number.isInteger(one) && one >= 0) || all.every((one) => one === 0)) {
    const what = "whole numbers of at least 0, one of them above 0";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "margins", all.join(", ")));
  }
  const [width, height] = [image.width + left + right, image.height + top + bottom];
  const side = Math.max(width, height);
  const [x, y] = [Math.floor((side - width) / 2), Math.floor((side - height) / 2)];
  const picture = { left: x + left, top: y + top, width: image.width, height: image.height };
  const { hidden } = rectangleMask({ width: side, height: side }, picture);
  return {
    image: place(image, side, picture),
    pixels: { width: side, height: side, hidden: hidden.map((one) => 1 - one) },
    box: { left: x, top: y, width, height },
  };
}

/** The picture on a square of its mean colour. */
function place(image: Image, side: number, { left, top }: Box): Image {
  const data = new Uint8Array(side * side * 3);
  const color = meanColor(image);
  for (let i = 0; i < side * side; i++) data.set(color, i * 3);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, ((top + y) * side + left) * 3);
  }
  return { width: side, height: side, data };
}

/**
 * Margins of so many tokens as pixels of the picture, rounded: the picture becomes as many of the other
 * tokens of the grid as it can.
 * @param margins in tokens, whole and at least 0; left and right, and top and bottom, together less
 *   than the grid
 * @throws V2LError INVALID_ARGUMENT
 */
export function marginsOfTokens(
  { width, height }: Size,
  { left = 0, right = 0, top = 0, bottom = 0 }: Margins,
  grid: TokenGrid,
): Required<Margins> {
  const side = Math.max(
    width / shareLeft([left, right], grid.width, "left and right"),
    height / shareLeft([top, bottom], grid.height, "top and bottom"),
  );
  const [across, down] = [side / grid.width, side / grid.height];
  return {
    left: Math.round(left * across),
    right: Math.round(right * across),
    top: Math.round(top * down),
    bottom: Math.round(bottom * down),
  };
}

/** The share of `count` tokens that is left to the picture. */
function shareLeft(margins: readonly number[], count: number, name: string): number {
  const sum = margins.reduce((a, b) => a + b, 0);
  if (margins.every((one) => Number.isInteger(one) && one >= 0) && sum < count) {
    return 1 - sum / count;
  }
  const what = `together less than ${count} whole tokens`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, name, margins.join(" and ")));
}
