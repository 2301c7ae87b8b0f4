import type { Box, Image } from "./image.js";

/** Bits of OpenCV's 8-bit interpolation weights. */
const COEF_BITS = 11;
const ONE = 1 << COEF_BITS;

/** For each output position: the two input positions and their fixed-point weights. */
interface Taps {
  readonly near: Int32Array;
  readonly far: Int32Array;
  readonly nearWeight: Int32Array;
  readonly farWeight: Int32Array;
}

/**
 * Resizes as OpenCV's `cv2.resize` with `INTER_LINEAR` does on 8-bit RGB, bit for bit: bilinear without
 * antialias, weights of 11 bits, and the plain average of 2x2 blocks when both sides are halved exactly.
 * The official evaluation prepares the tokenizer's input with it (through albumentations).
 * @param size width and height of the whole result
 * @param box the part of the result to compute; default all of it. Equal to cropping afterwards.
 */
export function resizeOpenCv(
  image: Image,
  size: { readonly width: number; readonly height: number },
  box: Box = { left: 0, top: 0, ...size },
): Image {
  if (image.width === size.width * 2 && image.height === size.height * 2) return halve(image, box);
  const across = horizontalTaps(image.width, size.width, box.left, box.width);
  const down = verticalTaps(image.height, size.height, box.top, box.height);
  const data = new Uint8Array(box.width * box.height * 3);
  for (let y = 0; y < box.height; y++) {
    const above = interpolateRow(image, down.near[y] as number, across);
    const below = interpolateRow(image, down.far[y] as number, across);
    const [w0, w1] = [down.nearWeight[y] as number, down.farWeight[y] as number];
    for (let x = 0; x < above.length; x++) {
      const top = (w0 * ((above[x] as number) >> 4)) >> 16;
      const bottom = (w1 * ((below[x] as number) >> 4)) >> 16;
      data[y * above.length + x] = (top + bottom + 2) >> 2;
    }
  }
  return { width: box.width, height: box.height, data };
}

/** One input row at the output's columns, in units of 1 / {@link ONE}. */
function interpolateRow(image: Image, row: number, taps: Taps): Int32Array {
  const { near, far, nearWeight, farWeight } = taps;
  const start = row * image.width * 3;
  const out = new Int32Array(near.length * 3);
  for (let x = 0; x < near.length; x++) {
    const [a, b] = [start + (near[x] as number) * 3, start + (far[x] as number) * 3];
    const [wa, wb] = [nearWeight[x] as number, farWeight[x] as number];
    for (let c = 0; c < 3; c++) {
      out[x * 3 + c] = (image.data[a + c] as number) * wa + (image.data[b + c] as number) * wb;
    }
  }
  return out;
}

/** Half-pixel centres; beyond the edge the outermost column counts alone. */
function horizontalTaps(inSize: number, outSize: number, first: number, count: number): Taps {
  return makeTaps(inSize, outSize, first, count, (position, fraction) => {
    if (position < 0) return [0, 0];
    return position >= inSize - 1 ? [inSize - 1, 0] : [position, fraction];
  });
}

/** As {@link horizontalTaps}, but beyond the edge OpenCV mixes the outermost row with itself. */
function verticalTaps(inSize: number, outSize: number, first: number, count: number): Taps {
  return makeTaps(inSize, outSize, first, count, (position, fraction) => [position, fraction]);
}

function makeTaps(
  inSize: number,
  outSize: number,
  first: number,
  count: number,
  clampEdge: (position: number, fraction: number) => readonly [number, number],
): Taps {
  // OpenCV inverts the inverse scale; the roundings of both divisions are part of the result.
  const scale = 1 / (outSize / inSize);
  const taps: Taps = {
    near: new Int32Array(count),
    far: new Int32Array(count),
    nearWeight: new Int32Array(count),
    farWeight: new Int32Array(count),
  };
  const inside = (position: number) => Math.min(Math.max(position, 0), inSize - 1);
  for (let i = 0; i < count; i++) {
    const centre = Math.fround((first + i + 0.5) * scale - 0.5);
    const floor = Math.floor(centre);
    const [position, fraction] = clampEdge(floor, Math.fround(centre - floor));
    taps.near[i] = inside(position);
    taps.far[i] = inside(position + 1);
    taps.nearWeight[i] = roundHalfEven(Math.fround(Math.fround(1 - fraction) * ONE));
    taps.farWeight[i] = roundHalfEven(Math.fround(fraction * ONE));
  }
  return taps;
}

function halve(image: Image, box: Box): Image {
  const data = new Uint8Array(box.width * box.height * 3);
  const stride = image.width * 3;
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const from = (box.top + y) * 2 * stride + (box.left + x) * 6;
      for (let c = 0; c < 3; c++) {
        const at = from + c;
        const top = (image.data[at] as number) + (image.data[at + 3] as number);
        const bottom =
          (image.data[at + stride] as number) + (image.data[at + stride + 3] as number);
        data[(y * box.width + x) * 3 + c] = (top + bottom + 2) >> 2;
      }
    }
  }
  return { width: box.width, height: box.height, data };
}

/** Rounds to the nearest integer, ties to the even one, as C's `rint` and Python's `round`. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
