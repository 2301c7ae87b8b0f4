import { elements, expected, V2LError } from "@v2l/nn";

/** Sizes of a tensor; -1 where the batch size enters and is not known, {@link LENGTH} for a length. */
export type Shape = readonly number[];

/** Stands for the length of sequences, chosen at every run. */
export const LENGTH = -2;

/** Non-negative position of a dimension that may count from the end. */
export function axisOf(shape: Shape, dim: number): number {
  return dim < 0 ? dim + shape.length : dim;
}

/** The sizes of an element-wise result. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1 || left < 0) return left === 1 ? right : left;
    if (right < 0) return right;
    throw new V2LError("INVALID_ARGUMENT", expected(`a shape like [${a}]`, "operand", [...b]));
  });
}

/** The sizes after a reshape; a -1 of `target` is filled in where all sizes of `from` are known. */
export function reshaped(from: Shape, target: Shape): Shape {
  const known = from.every((size) => size >= 0);
  if (!known || !target.includes(-1)) return target;
  const rest = elements(target.filter((size) => size >= 0));
  return target.map((size) => (size < 0 ? elements(from) / rest : size));
}

/** The sizes after reducing `axes`. */
export function reduced(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shape.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
}

/** The size after a convolution or pooling along one side. */
export function strided(size: number, kernel: number, padding: number, stride: number): number {
  return Math.floor((size + padding - kernel) / stride) + 1;
}
