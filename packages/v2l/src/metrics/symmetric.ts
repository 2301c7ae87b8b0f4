/** A square matrix, row by row. */
export type Matrix = Float64Array;

/** Relative spacing of float64 around 1. */
const EPSILON = 2 ** -52;

/**
 * The trace of the square root of the product of two symmetric matrices without negative eigenvalues, of
 * which either may be singular.
 *
 * With `a = L L'` (Cholesky with pivots, which stops at the rank), `a b` and the symmetric `L' b L` have the
 * same eigenvalues but for zeros, and those of the latter come from a Householder tridiagonal form by
 * bisection: no step iterates towards a fixed point that it might miss. About 40 s at size 2048.
 */
export function traceOfProductRoot(a: Matrix, b: Matrix, size: number): number {
  const { columns, rank, order } = pivotedCholesky(a, size);
  const reduced = congruence(columns, rank, permuted(b, size, order), size);
  return symmetricEigenvalues(reduced, rank).reduce((sum, x) => sum + Math.sqrt(Math.max(0, x)), 0);
}

interface Cholesky {
  /** The columns of L, one after the other, their rows in `order`: column k is zero before row k. */
  readonly columns: Float64Array;
  readonly rank: number;
  /** The rows of the matrix, those of the pivots first. */
  readonly order: Int32Array;
}

/** `a = L L'`, the largest remaining diagonal element first, until what remains is rounding. */
function pivotedCholesky(a: Matrix, size: number): Cholesky {
  // Three columns more than there can be: they are read four at a time.
  const columns = new Float64Array((size + 3) * size);
  const order = Int32Array.from({ length: size }, (_, i) => i);
  const diagonal = Float64Array.from({ length: size }, (_, i) => a[i * (size + 1)] as number);
  const least = size * EPSILON * diagonal.reduce((most, one) => Math.max(most, one), 0);
  let rank = 0;
  for (; rank < size; rank++) {
    const at = largest(diagonal, order, rank);
    const pivot = order[at] as number;
    const rest = diagonal[pivot] as number;
    if (!(rest > least)) break;
    order[at] = order[rank] as number;
    order[rank] = pivot;
    const column = a.slice(pivot * size, (pivot + 1) * size);
    for (let k = 0; k < rank; k += 4) subtractFour(column, columns, k * size, pivot);
    const root = Math.sqrt(rest);
    for (let i = 0; i < size; i++) column[i] = (column[i] as number) / root;
    for (let i = 0; i < rank; i++) column[order[i] as number] = 0;
    column[pivot] = root;
    columns.set(column, rank * size);
    for (let i = 0; i < size; i++) {
      diagonal[i] = (diagonal[i] as number) - (column[i] as number) ** 2;
    }
  }
  const sorted = new Float64Array(rank * size);
  for (let k = 0; k < rank; k++) {
    for (let i = 0; i < size; i++) {
      sorted[k * size + i] = columns[k * size + (order[i] as number)] as number;
    }
  }
  return { columns: sorted, rank, order };
}

/** Where in `order`, from `start` on, the largest value lies. */
function largest(values: Float64Array, order: Int32Array, start: number): number {
  let best = start;
  for (let i = start + 1; i < order.length; i++) {
    if ((values[order[i] as number] as number) > (values[order[best] as number] as number)) {
      best = i;
    }
  }
  return best;
}

function permuted(b: Matrix, size: number, order: Int32Array): Matrix {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = (order[i] as number) * size;
    for (let j = 0; j < size; j++) out[i * size + j] = b[row + (order[j] as number)] as number;
  }
  return out;
}

/** The lower half of `L' b L`, for columns of L that are zero before their own row. */
function congruence(columns: Float64Array, rank: number, b: Matrix, size: number): Matrix {
  const out = new Float64Array(rank * rank);
  const product = new Float64Array(size);
  for (let q = 0; q < rank; q++) {
    const column = q * size + q;
    multiplyRows(product, b, q, columns, column);
    for (let p = q; p < rank; p++) {
      out[p * rank + q] = dot(columns, p * size + p, product, p, size - p);
    }
  }
  return out;
}

/** From `q` on, what the rows of b give with the vector at `start`, both from their place q on; four at a time. */
function multiplyRows(
  out: Float64Array,
  b: Matrix,
  q: number,
  vector: Float64Array,
  start: number,
): void {
  const size = out.length;
  const count = size - q;
  let i = q;
  for (; i + 3 < size; i += 4) {
    const row = i * size + q;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let k = 0; k < count; k++) {
      const value = vector[start + k] as number;
      s0 += (b[row + k] as number) * value;
      s1 += (b[row + size + k] as number) * value;
      s2 += (b[row + 2 * size + k] as number) * value;
      s3 += (b[row + 3 * size + k] as number) * value;
    }
    out[i] = s0;
    out[i + 1] = s1;
    out[i + 2] = s2;
    out[i + 3] = s3;
  }
  for (; i < size; i++) out[i] = dot(b, i * size + q, vector, start, count);
}

/**
 * All eigenvalues of a symmetric matrix, smallest first, to the last digits of the largest.
 * @param a its lower half and diagonal are read, and overwritten
 */
export function symmetricEigenvalues(a: Matrix, size: number): number[] {
  const { diagonal, squares } = tridiagonal(a, size);
  return bisect(diagonal, squares);
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Squares of the elements beside the diagonal: that of rows i - 1 and i at i. */
  readonly squares: Float64Array;
}

/**
 * Householder's reduction from the last row upwards (Martin, Reinsch and Wilkinson, "tred1", 1968): row i
 * is reflected onto its element beside the diagonal, and the rows above follow.
 */
function tridiagonal(a: Matrix, size: number): Tridiagonal {
  const diagonal = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    const u = a.subarray(i * size, i * size + i);
    diagonal[i] = a[i * size + i] as number;
    const scale = u.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    if (i === 0 || scale === 0) continue;
    for (let k = 0; k < i; k++) u[k] = (u[k] as number) / scale;
    const square = dot(u, 0, u, 0, i);
    squares[i] = square * scale * scale;
    const last = u[i - 1] as number;
    const root = last < 0 ? -Math.sqrt(square) : Math.sqrt(square);
    u[i - 1] = last + root;
    reflect(a, size, u, square + last * root);
  }
  return { diagonal, squares };
}

/** `H a H` for `H = 1 - u u' / half` on the rows that u covers, their lower half. */
function reflect(a: Matrix, size: number, u: Float64Array, half: number): void {
  const count = u.length;
  const p = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    const row = j * size;
    const weight = u[j] as number;
    let sum = (a[row + j] as number) * weight;
    for (let k = 0; k < j; k++) {
      const value = a[row + k] as number;
      sum += value * (u[k] as number);
      p[k] = (p[k] as number) + value * weight;
    }
    p[j] = (p[j] as number) + sum;
  }
  const shift = dot(u, 0, p, 0, count) / (2 * half);
  for (let j = 0; j < count; j++) p[j] = ((p[j] as number) - shift * (u[j] as number)) / half;
  for (let j = 0; j < count; j++) {
    const row = j * size;
    const [uj, pj] = [u[j] as number, p[j] as number];
    for (let k = 0; k <= j; k++) {
      a[row + k] = (a[row + k] as number) - uj * (p[k] as number) - pj * (u[k] as number);
    }
  }
}

/** Eigenvalues by halving intervals, of which Sturm's count tells how many each holds. */
function bisect(diagonal: Float64Array, squares: Float64Array): number[] {
  const size = diagonal.length;
  let [low, high] = [0, 0];
  for (let i = 0; i < size; i++) {
    const reach = Math.sqrt(squares[i] as number) + Math.sqrt(squares[i + 1] ?? 0);
    low = Math.min(low, (diagonal[i] as number) - reach);
    high = Math.max(high, (diagonal[i] as number) + reach);
  }
  const least = EPSILON * Math.max(-low, high);
  const found: number[] = [];
  const search = (from: number, to: number, below: number, upTo: number): void => {
    if (below === upTo) return;
    const middle = (from + to) / 2;
    if (to - from <= least || middle <= from || middle >= to) {
      for (let i = below; i < upTo; i++) found.push(middle);
      return;
    }
    const count = countBelow(middle, diagonal, squares, least);
    search(from, middle, below, count);
    search(middle, to, count, upTo);
  };
  search(low - least, high + least, 0, size);
  return found;
}

/** How many eigenvalues are below x: the negative pivots of the matrix minus x. */
function countBelow(
  x: number,
  diagonal: Float64Array,
  squares: Float64Array,
  least: number,
): number {
  const tiny = least * EPSILON;
  let count = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    pivot = (diagonal[i] as number) - x - (squares[i] as number) / pivot;
    if (Math.abs(pivot) < tiny) pivot = -tiny;
    if (pivot < 0) count += 1;
  }
  return count;
}

/** Four sums side by side: a single one would wait for itself. */
function dot(a: Float64Array, i: number, b: Float64Array, j: number, count: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < count; k += 4) {
    s0 += (a[i + k] as number) * (b[j + k] as number);
    s1 += (a[i + k + 1] as number) * (b[j + k + 1] as number);
    s2 += (a[i + k + 2] as number) * (b[j + k + 2] as number);
    s3 += (a[i + k + 3] as number) * (b[j + k + 3] as number);
  }
  for (; k < count; k++) s0 += (a[i + k] as number) * (b[j + k] as number);
  return s0 + s1 + (s2 + s3);
}

/** Takes from `out` four columns, that from `start` on and the next ones, each times its value at `pivot`. */
function subtractFour(
  out: Float64Array,
  columns: Float64Array,
  start: number,
  pivot: number,
): void {
  const size = out.length;
  const [first, second, third, fourth] = [0, 1, 2, 3].map((k) => start + k * size) as Four;
  const f0 = columns[first + pivot] as number;
  const f1 = columns[second + pivot] as number;
  const f2 = columns[third + pivot] as number;
  const f3 = columns[fourth + pivot] as number;
  for (let i = 0; i < size; i++) {
    out[i] =
      (out[i] as number) -
      f0 * (columns[first + i] as number) -
      f1 * (columns[second + i] as number) -
      f2 * (columns[third + i] as number) -
      f3 * (columns[fourth + i] as number);
  }
}

type Four = [number, number, number, number];
