import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import type { PixelMask } from "./pixel-mask.js";
import { pixelsOfCells, type TokenMask } from "./token-mask.js";

/** What hidden pixels are painted with: see {@link hidePixels}. */
export const FILLS = ["nearest", "mean", "grey"] as const;
export type Fill = (typeof FILLS)[number];

type Rgb = readonly [number, number, number];

/**
 * Paints over the hidden pixels, so that nothing that is computed of the result depends on them: the
 * encoder's convolutions, normalisations and attention let every pixel reach every token.
 *
 * - `nearest` repeats the nearest visible pixel, counted in steps up, down, left and right;
 * - `mean` is the mean colour of all visible pixels;
 * - `grey` is (128, 128, 128).
 *
 * @throws V2LError INVALID_ARGUMENT where the sizes differ or no pixel is visible
 */
export function hidePixels(image: Image, pixels: PixelMask, fill: Fill): Image {
  const { width, height } = image;
  if (pixels.width !== width || pixels.height !== height) {
    const received = `${pixels.width}x${pixels.height}`;
    const what = `a mask of ${width}x${height}`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "pixels", received));
  }
  if (pixels.hidden.every((one) => one === 1)) {
    throw new V2LError("INVALID_ARGUMENT", expected("a visible pixel", "pixels", "none"));
  }
  if (fill === "nearest") return fillNearest(image, pixels);
  return fillColor(image, pixels, fill === "mean" ? meanColor(image, pixels) : [128, 128, 128]);
}

/** {@link hidePixels} for all pixels of the hidden cells. */
export function hideCells(image: Image, mask: TokenMask, fill: Fill): Image {
  return hidePixels(image, pixelsOfCells(mask, image), fill);
}

/** The mean of the visible pixels, rounded; of all pixels without a mask. */
export function meanColor({ data }: Image, pixels?: PixelMask): Rgb {
  const sums: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let i = 0; i * 3 < data.length; i++) {
    if (pixels?.hidden[i] === 1) continue;
    count++;
    for (let c = 0; c < 3; c++) sums[c] = (sums[c] as number) + (data[i * 3 + c] as number);
  }
  const [r, g, b] = sums;
  return [Math.round(r / count), Math.round(g / count), Math.round(b / count)];
}

function fillColor(image: Image, { hidden }: PixelMask, color: Rgb): Image {
  const data = image.data.slice();
  hidden.forEach((one, i) => {
    if (one === 1) data.set(color, i * 3);
  });
  return { ...image, data };
}

function fillNearest(image: Image, pixels: PixelMask): Image {
  const nearest = nearestVisible(pixels);
  const data = image.data.slice();
  nearest.forEach((from, i) => {
    data.set(image.data.subarray(from * 3, from * 3 + 3), i * 3);
  });
  return { ...image, data };
}

/**
 * The nearest visible place for each place of a mask, itself where it is visible; counted in steps up,
 * down, left and right, of equally near ones that of the earlier neighbour in this order.
 * @param mask of pixels or of tokens, with something visible
 */
export function nearestVisible({ width, height, hidden }: PixelMask | TokenMask): Int32Array {
  const nearest = new Int32Array(width * height).fill(-1);
  let border: number[] = [];
  hidden.forEach((one, i) => {
    if (one === 1) return;
    nearest[i] = i;
    border.push(i);
  });
  while (border.length > 0) {
    const next: number[] = [];
    for (const from of border) {
      for (const to of neighbours(from, width, height)) {
        if (nearest[to] !== -1) continue;
        nearest[to] = nearest[from] as number;
        next.push(to);
      }
    }
    border = next;
  }
  return nearest;
}

function neighbours(place: number, width: number, height: number): number[] {
  const x = place % width;
  const found: number[] = [];
  if (place >= width) found.push(place - width);
  if (place < width * (height - 1)) found.push(place + width);
  if (x > 0) found.push(place - 1);
  if (x < width - 1) found.push(place + 1);
  return found;
}
