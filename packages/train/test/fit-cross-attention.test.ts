import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@v2l/nn";
import { noGrad, scope, tensor, torchAvailable } from "@v2l/torch";
import { fitCrossAttention } from "../src/tokenizer/fit-cross-attention.js";

const torch = torchAvailable();
const skip = torch.available ? false : `${torch.reason}: ${torch.remedy}`;

const [PICTURES, WORDS, WIDTH] = [24, 21, 16];
const [CHANNELS, HEADS] = [8, 8];

type Matrix = readonly (readonly number[])[];

test("a fitted cross attention lets cells through, a random one hardly", { skip }, () => {
  const random = new Random(5);
  const drawn = () => uniform(random, HEADS * CHANNELS, WIDTH, 1 / Math.sqrt(WIDTH));
  const words = pictures(random);
  const fitted = noGrad(() =>
    scope(() => {
      const rows = tensor(new Float32Array(words.flat(2)), [PICTURES, WORDS, WIDTH]);
      const turns = tensor(new Float32Array(drawn().flat()), [HEADS * CHANNELS, WIDTH]);
      const { to_q, to_k, to_v, to_out } = fitCrossAttention(rows, turns, CHANNELS);
      return {
        q: toMatrix(to_q.toFloat32Array(), CHANNELS),
        k: toMatrix(to_k.toFloat32Array(), WIDTH),
        v: toMatrix(to_v.toFloat32Array(), WIDTH),
        out: toMatrix(to_out.toFloat32Array(), HEADS * CHANNELS),
      };
    }),
  );
  const asPyTorch = {
    q: uniform(random, HEADS * CHANNELS, CHANNELS, 1 / Math.sqrt(CHANNELS)),
    k: drawn(),
    v: drawn(),
    out: uniform(random, CHANNELS, HEADS * CHANNELS, 1 / Math.sqrt(HEADS * CHANNELS)),
  };
  const passed = meanCorrelation(words, fitted, random);
  const control = Math.abs(meanCorrelation(words, asPyTorch, random));
  // The covariance of K = 21 words in 8 directions, averaged over 8 heads, differs from the identity by
  // about (1/21/8)^0.5 = 0.08 in each of 7 other channels: correlation about (1 + 7 * 0.006)^-0.5.
  assert.ok(passed > 0.9, `correlation ${passed}`);
  assert.ok(control < 0.3, `correlation of a random one ${control}`);
});

/** Words whose directions have unequal spread, around a centre that differs between pictures. */
function pictures(random: Random): number[][][] {
  const normal = (spread: number) => spread * random.normal();
  return Array.from({ length: PICTURES }, () => {
    const centre = Array.from({ length: WIDTH }, (_, d) => normal(d < 4 ? 2 : 0.1));
    return Array.from({ length: WORDS }, () =>
      centre.map((value, d) => 3 + value + normal(1 / (1 + d / 8))),
    );
  });
}

interface Weights {
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
  readonly out: Matrix;
}

/** Between a cell's channel before and after, over the cells of a picture; mean of all channels. */
function meanCorrelation(words: readonly Matrix[], weights: Weights, random: Random): number {
  let sum = 0;
  for (const context of words) {
    const cells = Array.from({ length: 64 }, () =>
      Array.from({ length: CHANNELS }, () => 0.4 * random.normal()),
    );
    const mixed = cells.map((cell) => attend(cell, context, weights));
    for (let c = 0; c < CHANNELS; c++) {
      const column = (rows: Matrix) => rows.map((row) => row[c] as number);
      sum += correlation(column(cells), column(mixed)) / CHANNELS / words.length;
    }
  }
  return sum;
}

/** Multi-head attention from its definition: heads as wide as the channels, no bias. */
function attend(cell: readonly number[], context: Matrix, { q, k, v, out }: Weights): number[] {
  const heads = Array.from({ length: HEADS }, (_, head) => {
    const of = (matrix: Matrix) => matrix.slice(head * CHANNELS, (head + 1) * CHANNELS);
    const query = times(of(q), cell);
    const scores = context.map((word) =>
      Math.exp(dot(times(of(k), word), query) / Math.sqrt(CHANNELS)),
    );
    const total = scores.reduce((sum, score) => sum + score, 0);
    const values = context.map((word) => times(of(v), word));
    return query.map((_, c) =>
      values.reduce(
        (sum, value, i) => sum + ((value[c] as number) * (scores[i] as number)) / total,
        0,
      ),
    );
  });
  return times(out, heads.flat());
}

function times(matrix: Matrix, vector: readonly number[]): number[] {
  return matrix.map((row) => dot(row, vector));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [x, y] = [centred(a), centred(b)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

function uniform(random: Random, rows: number, columns: number, bound: number): number[][] {
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => random.uniform(-bound, bound)),
  );
}

function toMatrix(values: Float32Array, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) => [
    ...values.subarray(row * columns, (row + 1) * columns),
  ]);
}
