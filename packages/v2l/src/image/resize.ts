import type { Box, Image } from "./image.js";

/** A resampling kernel of Pillow: zero outside [-support, support]. */
interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

const KERNELS = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
} as const satisfies Record<string, Kernel>;

export type ResizeFilter = keyof typeof KERNELS;

/** Keys' cubic with a = -0.5, grouped as Pillow does, since the grouping decides the last bit. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

/** Bits after the point of Pillow's 8-bit weights. */
const PRECISION_BITS = 22;

/** For each output position: the first input position and `width` fixed-point weights from there. */
interface Weights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly width: number;
  readonly fixed: Int32Array;
}

/**
 * Resizes as Pillow's `Image.resize` does on 8-bit RGB, bit for bit: the kernel widens when shrinking
 * (antialias), weights are fixed-point numbers of 22 bits, and rows are done before columns with
 * rounding to 8 bits in between.
 * @param size width and height of the whole result
 * @param box the part of the result to compute; default all of it. Equal to cropping afterwards.
 */
export function resize(
  image: Image,
  size: { readonly width: number; readonly height: number },
  filter: ResizeFilter,
  box: Box = { left: 0, top: 0, ...size },
): Image {
  const across = weights(image.width, size.width, box.left, box.width, KERNELS[filter]);
  const down = weights(image.height, size.height, box.top, box.height, KERNELS[filter]);
  const firstRow = down.starts[0] as number;
  const last = box.height - 1;
  const rows = (down.starts[last] as number) + (down.counts[last] as number) - firstRow;
  const narrow = resizeRows(image, firstRow, rows, across);
  return resizeColumns(narrow, firstRow, down);
}

function weights(
  inSize: number,
  outSize: number,
  first: number,
  count: number,
  kernel: Kernel,
): Weights {
  const scale = inSize / outSize;
  const stretch = Math.max(scale, 1);
  // Pillow skips the pass where the size stays the same; one weight of one does the same.
  const support = inSize === outSize ? 0.5 : kernel.support * stretch;
  const width = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const fixed = new Int32Array(count * width);
  const exact = new Float64Array(width);
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(inSize, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - start; k++) {
      const weight = kernel.weight((k + start - centre + 0.5) * (1 / stretch));
      exact[k] = weight;
      sum += weight;
    }
    starts[i] = start;
    counts[i] = end - start;
    for (let k = 0; k < end - start; k++) {
      const weight = ((exact[k] as number) / (sum || 1)) * 2 ** PRECISION_BITS;
      fixed[i * width + k] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return { starts, counts, width, fixed };
}

function toByte(fixed: number): number {
  return Math.min(Math.max(fixed >> PRECISION_BITS, 0), 255);
}

const HALF = 1 << (PRECISION_BITS - 1);

/** The horizontal pass over `rows` rows from `firstRow`. */
function resizeRows(image: Image, firstRow: number, rows: number, across: Weights): Image {
  const { starts, counts, width: span, fixed } = across;
  const width = starts.length;
  const source = image.data;
  const data = new Uint8Array(width * rows * 3);
  for (let y = 0; y < rows; y++) {
    const row = (firstRow + y) * image.width * 3;
    for (let x = 0; x < width; x++) {
      let at = row + (starts[x] as number) * 3;
      let r = HALF;
      let g = HALF;
      let b = HALF;
      const end = x * span + (counts[x] as number);
      for (let k = x * span; k < end; k++, at += 3) {
        const weight = fixed[k] as number;
        r += (source[at] as number) * weight;
        g += (source[at + 1] as number) * weight;
        b += (source[at + 2] as number) * weight;
      }
      const to = (y * width + x) * 3;
      data[to] = toByte(r);
      data[to + 1] = toByte(g);
      data[to + 2] = toByte(b);
    }
  }
  return { width, height: rows, data };
}

/** The vertical pass. Row 0 of `image` is row `firstRow` of the source the weights refer to. */
function resizeColumns(image: Image, firstRow: number, down: Weights): Image {
  const { starts, counts, width: span, fixed } = down;
  const height = starts.length;
  const stride = image.width * 3;
  const data = new Uint8Array(height * stride);
  const sums = new Float64Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    const top = ((starts[y] as number) - firstRow) * stride;
    for (let k = 0; k < (counts[y] as number); k++) {
      const weight = fixed[y * span + k] as number;
      const row = top + k * stride;
      for (let x = 0; x < stride; x++) {
        sums[x] = (sums[x] as number) + (image.data[row + x] as number) * weight;
      }
    }
    for (let x = 0; x < stride; x++) data[y * stride + x] = toByte(sums[x] as number);
  }
  return { width: image.width, height, data };
}
