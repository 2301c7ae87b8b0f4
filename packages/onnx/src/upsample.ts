/** One of the four 2x2 convolutions that make up an upsampling by two and a 3x3 convolution. */
export interface Phase {
  /** Kernel [outputs,inputs,2,2]. */
  readonly kernel: Float32Array;
  /** Zero padding [top, left, bottom, right]. */
  readonly padding: readonly [number, number, number, number];
}

/**
 * Splits "nearest neighbour by two, then 3x3 with padding 1" into one 2x2 convolution of the small
 * image per output row and column parity, in the order (even, even), (even, odd), (odd, even),
 * (odd, odd). Both give the same sums, the phases with 4/9 of the multiplications: two of the three
 * kernel rows meet copies of the same pixel, so they can be added beforehand.
 * @param kernel [outputs,inputs,3,3]; `pairs` is outputs times inputs
 */
export function upsamplePhases(kernel: Float32Array, pairs: number): Phase[] {
  return [0, 1].flatMap((py) =>
    [0, 1].map((px) => ({
      kernel: phaseKernel(kernel, pairs, py, px),
      padding: [1 - py, 1 - px, py, px] as const,
    })),
  );
}

/** Which of two neighbouring pixels the tap 0, 1 or 2 of the 3x3 kernel meets. */
const MEETS = [
  [0, 1, 1],
  [0, 0, 1],
] as const;

function phaseKernel(kernel: Float32Array, pairs: number, py: number, px: number): Float32Array {
  const sums = new Float64Array(pairs * 4);
  const rows = MEETS[py] as readonly number[];
  const columns = MEETS[px] as readonly number[];
  for (let i = 0; i < sums.length / 4; i++) {
    for (let tap = 0; tap < 9; tap++) {
      const row = rows[Math.floor(tap / 3)] as number;
      const column = columns[tap % 3] as number;
      const at = i * 4 + row * 2 + column;
      sums[at] = (sums[at] as number) + (kernel[i * 9 + tap] as number);
    }
  }
  return Float32Array.from(sums);
}
