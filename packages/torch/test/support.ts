import { torchAvailable } from "@v2l/torch";

const available = torchAvailable();

/** For `{ skip }` of node:test: why tests of libtorch do not run here, or false. */
export const skip = available.available
  ? false
  : `libtorch is needed: ${available.reason}. Remedy: ${available.remedy}`;

/** Asserts that two lists of numbers agree within `tolerance`, absolute plus relative. */
export function close(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance = 1e-5,
): void {
  if (actual.length !== wanted.length) {
    throw new Error(`${actual.length} values instead of ${wanted.length}`);
  }
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [actual[i] as number, wanted[i] as number];
    if (!(Math.abs(a - b) <= tolerance * (1 + Math.abs(b)))) {
      throw new Error(`value ${i}: ${a} instead of ${b}`);
    }
  }
}

/** Reproducible values in about [-1, 1], by a linear congruential generator. */
export function values(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
