import type { Ops } from "../ops.js";

/** Applies rotary positions to features [N,H,L,size]. */
export type Rotation<T> = (x: T) => T;

/**
 * Rotary position embedding (Su et al., 2021) on neighbouring features, as in Meta's code: the pair
 * (2i, 2i+1) of position p is turned by p * theta^(-2i/size). Pairs are swapped by a product with a
 * matrix of zeros and ones, which is exact.
 */
export function rotation<T>(ops: Ops<T>, length: number, size: number, theta: number): Rotation<T> {
  const cosines = new Float32Array(length * size);
  const sines = new Float32Array(length * size);
  for (let position = 0; position < length; position++) {
    for (let i = 0; i < size; i++) {
      const angle = position * theta ** ((-2 * Math.floor(i / 2)) / size);
      cosines[position * size + i] = Math.cos(angle);
      sines[position * size + i] = Math.sin(angle);
    }
  }
  const cosine = ops.constant(cosines, [length, size]);
  const sine = ops.constant(sines, [length, size]);
  const swap = ops.constant(quarterTurn(size), [size, size]);
  return (x) => ops.add(ops.mul(x, cosine), ops.mul(ops.matmul(x, swap), sine));
}

/** Turns every pair (a, b) of a row to (-b, a). */
function quarterTurn(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i += 2) {
    matrix[(i + 1) * size + i] = -1;
    matrix[i * size + i + 1] = 1;
  }
  return matrix;
}
