import assert from "node:assert/strict";
import { test } from "node:test";
import { backward, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { close, skip, values } from "./support.js";

const ops = new TorchOps();
const make = (shape: number[], seed = 1) => tensor(values(count(shape), seed), shape);
const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const read = (x: Tensor) => [...x.toFloat32Array()];
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** The plain definition of convolution: pad with zeros, slide, multiply and add. */
function convolution(
  x: Tensor,
  w: Tensor,
  bias: Tensor,
  stride: number,
  [top, left, bottom, right]: readonly [number, number, number, number],
): number[] {
  const [n, c, h, width] = x.shape as [number, number, number, number];
  const [o, , kh, kw] = w.shape as [number, number, number, number];
  const [xs, ws, bs] = [read(x), read(w), read(bias)];
  const outH = Math.floor((h + top + bottom - kh) / stride) + 1;
  const outW = Math.floor((width + left + right - kw) / stride) + 1;
  const at = (b: number, ch: number, y: number, xx: number) =>
    y < 0 || y >= h || xx < 0 || xx >= width
      ? 0
      : (xs[((b * c + ch) * h + y) * width + xx] as number);
  const out: number[] = [];
  for (const b of range(n))
    for (const f of range(o))
      for (const i of range(outH))
        for (const j of range(outW)) {
          let total = bs[f] as number;
          for (const ch of range(c))
            for (const p of range(kh))
              for (const q of range(kw)) {
                const weight = ws[((f * c + ch) * kh + p) * kw + q] as number;
                total += weight * at(b, ch, i * stride + p - top, j * stride + q - left);
              }
          out.push(total);
        }
  return out;
}

test("conv2d equals the plain definition, also with one-sided padding", { skip }, () => {
  const x = make([2, 3, 5, 6]);
  const w = make([4, 3, 3, 3], 2);
  const b = make([4], 3);
  close(read(ops.conv2d(x, w, b)), convolution(x, w, b, 1, [0, 0, 0, 0]));
  close(
    read(ops.conv2d(x, w, b, { padding: 1, stride: 2 })),
    convolution(x, w, b, 2, [1, 1, 1, 1]),
  );
  for (const padding of [
    [0, 0, 1, 1],
    [1, 2, 1, 2],
    [2, 0, 1, 3],
  ] as [number, number, number, number][]) {
    const actual = ops.conv2d(x, w, b, { padding, stride: 2 });
    close(read(actual), convolution(x, w, b, 2, padding));
  }
  const zero = tensor([0, 0, 0, 0], [4]);
  close(read(ops.conv2d(x, w, null)), convolution(x, w, zero, 1, [0, 0, 0, 0]));
});

/** Rows of the last dimension. */
function rows(x: Tensor): number[][] {
  const width = x.shape.at(-1) as number;
  const flat = read(x);
  return range(flat.length / width).map((i) => flat.slice(i * width, (i + 1) * width));
}

const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

test("linear and matmul are sums of products", { skip }, () => {
  const x = make([2, 3, 4]);
  const w = make([5, 4], 2);
  const b = make([5], 3);
  const expected = rows(x).flatMap((row) =>
    rows(w).map((column, o) => dot(row, column) + (read(b)[o] as number)),
  );
  close(read(ops.linear(x, w, b)), expected);
  const product = ops.matmul(x, ops.permute(make([2, 5, 4], 4), [0, 2, 1]));
  const right = rows(make([2, 5, 4], 4));
  const wanted = rows(x).flatMap((row, i) =>
    right.slice(i < 3 ? 0 : 5, i < 3 ? 5 : 10).map((column) => dot(row, column)),
  );
  assert.deepEqual(product.shape, [2, 3, 5]);
  close(read(product), wanted);
});

test("embedding picks rows", { skip }, () => {
  const indices = ops.constant(new BigInt64Array([2n, 0n, 2n, 1n]), [2, 2]);
  const picked = ops.embedding(tensor([1, 2, 3, 4, 5, 6], [3, 2]), indices);
  assert.deepEqual(picked.shape, [2, 2, 2]);
  assert.deepEqual(read(picked), [5, 6, 1, 2, 5, 6, 3, 4]);
});

/** (v - mean) / sqrt(biased variance + eps) of a list. */
function normalise(list: number[], eps: number): number[] {
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const variance = list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length;
  return list.map((v) => (v - mean) / Math.sqrt(variance + eps));
}

test("groupNorm normalises each group of channels of each sample", { skip }, () => {
  const x = make([2, 4, 3, 1]);
  const [w, b] = [make([4], 2), make([4], 3)];
  const flat = read(x);
  const expected = range(4).flatMap((group) =>
    normalise(flat.slice(group * 6, group * 6 + 6), 1e-6).map((v, i) => {
      const channel = (group % 2) * 2 + Math.floor(i / 3);
      return v * (read(w)[channel] as number) + (read(b)[channel] as number);
    }),
  );
  close(read(ops.groupNorm(x, 2, w, b, 1e-6)), expected);
});

test("layerNorm normalises the last dimension", { skip }, () => {
  const x = make([3, 4]);
  const [w, b] = [make([4], 2), make([4], 3)];
  const expected = rows(x).flatMap((row) =>
    normalise(row, 1e-5).map((v, i) => v * (read(w)[i] as number) + (read(b)[i] as number)),
  );
  close(read(ops.layerNorm(x, w, b, 1e-5)), expected);
});

test("rmsNorm divides by the root of the mean square, also of bfloat16", { skip }, () => {
  const x = make([3, 4]);
  const w = make([4], 2);
  const expected = (input: Tensor) =>
    rows(input).flatMap((row) => {
      const meanSquare = row.reduce((sum, v) => sum + v * v, 0) / row.length;
      return row.map((v, i) => (v / Math.sqrt(meanSquare + 0.1)) * (read(w)[i] as number));
    });
  close(read(ops.rmsNorm(x, w, 0.1)), expected(x));
  const half = ops.rmsNorm(x.to({ dtype: "bfloat16" }), w.to({ dtype: "bfloat16" }), 0.1);
  assert.equal(half.dtype, "bfloat16");
  close(read(half), expected(x), 0.02);
});

test("batchNorm uses and moves statistics in training, and only reads them otherwise", {
  skip,
}, () => {
  const x = tensor([1, 2, 3, 4, 10, 20, 30, 40], [2, 2, 2, 1]); // channel 0: 1 2 10 20
  const tensors = {
    weight: tensor([2, 1], [2]),
    bias: tensor([0, 5], [2]),
    runningMean: tensor([0, 0], [2]),
    runningVar: tensor([1, 1], [2]),
  };
  const still = ops.batchNorm(x, tensors, { training: false, momentum: 0.1, eps: 0 });
  close(read(still), [2, 4, 8, 9, 20, 40, 35, 45]);
  const moving = ops.batchNorm(x, tensors, { training: true, momentum: 0.1, eps: 0 });
  const first = normalise([1, 2, 10, 20], 0).map((v) => 2 * v);
  const second = normalise([3, 4, 30, 40], 0).map((v) => v + 5);
  close(
    read(moving),
    [first.slice(0, 2), second.slice(0, 2), first.slice(2), second.slice(2)].flat(),
  );
  // mean 8.25 and 19.25; sums of squares 232.75 and 1042.75, over n - 1 = 3; momentum 0.1.
  close(read(tensors.runningMean), [0.825, 1.925]);
  close(read(tensors.runningVar), [0.9 + 0.1 * (232.75 / 3), 0.9 + 0.1 * (1042.75 / 3)]);
});

const MAPS: readonly [string, (x: Tensor) => Tensor, (v: number) => number][] = [
  ["relu", (x) => ops.relu(x), (v) => Math.max(0, v)],
  ["leakyRelu", (x) => ops.leakyRelu(x, 0.2), (v) => (v > 0 ? v : 0.2 * v)],
  ["sigmoid", (x) => ops.sigmoid(x), (v) => 1 / (1 + Math.exp(-v))],
  ["silu", (x) => ops.silu(x), (v) => v / (1 + Math.exp(-v))],
  ["affine", (x) => ops.affine(x, 2, -1), (v) => 2 * v - 1],
  ["affine without offset", (x) => ops.affine(x, 3), (v) => 3 * v],
  ["affine without factor", (x) => ops.affine(x, 1, 4), (v) => v + 4],
  ["square", (x) => ops.square(x), (v) => v * v],
  ["abs", (x) => ops.abs(x), Math.abs],
  ["sqrt", (x) => ops.sqrt(ops.abs(x)), (v) => Math.sqrt(Math.abs(v))],
  ["detach", (x) => ops.detach(x), (v) => v],
];

for (const [name, actual, expected] of MAPS) {
  test(`${name} maps every element and leaves its argument alone`, { skip }, () => {
    const x = make([2, 3, 4]);
    const before = read(x);
    const y = actual(x);
    close(read(y), before.map(expected), 1e-6);
    assert.notEqual(y, x);
    assert.deepEqual(read(x), before);
  });
}

test("softmax gives each row's exponentials over their sum", { skip }, () => {
  const x = make([3, 4]);
  const expected = rows(x).flatMap((row) => {
    const total = row.reduce((sum, v) => sum + Math.exp(v), 0);
    return row.map((v) => Math.exp(v) / total);
  });
  close(read(ops.softmax(x, -1)), expected, 1e-6);
});

test("add, sub, mul and div broadcast", { skip }, () => {
  const a = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
  const b = tensor([10, 20], [2, 1]);
  assert.deepEqual(read(ops.add(a, b)), [11, 12, 13, 24, 25, 26]);
  assert.deepEqual(read(ops.sub(a, b)), [-9, -8, -7, -16, -15, -14]);
  assert.deepEqual(read(ops.mul(a, b)), [10, 20, 30, 80, 100, 120]);
  close(read(ops.div(a, b)), [0.1, 0.2, 0.3, 0.2, 0.25, 0.3], 1e-6);
});

test("reshape, permute, concat and slice move elements", { skip }, () => {
  const x = tensor(
    range(6).map((v) => v),
    [2, 3],
  );
  assert.deepEqual(ops.shape(ops.reshape(x, [ops.shape(x)[0] as number, -1, 1])), [2, 3, 1]);
  assert.deepEqual(read(ops.permute(x, [1, 0])), [0, 3, 1, 4, 2, 5]);
  assert.deepEqual(read(ops.concat([x, x], -1)), [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]);
  assert.deepEqual(read(ops.slice(x, 1, 1, 3)), [1, 2, 4, 5]);
});

test("expandBatch copies along the batch of another tensor", { skip }, () => {
  const wide = ops.expandBatch(tensor([7, 8], [1, 2]), make([3, 9]));
  assert.deepEqual(wide.shape, [3, 2]);
  assert.deepEqual(read(wide), [7, 8, 7, 8, 7, 8]);
});

test("upsample2x repeats, pooling takes the largest or the mean and leaves padding out", {
  skip,
}, () => {
  const x = tensor([1, 2, 3, 4], [1, 1, 2, 2]);
  const big = ops.upsample2x(x);
  assert.deepEqual(big.shape, [1, 1, 4, 4]);
  assert.deepEqual(read(big), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  const pooled = ops.maxPool2d(tensor([1, 5, 2, 0, 3, 4, 8, 1], [1, 1, 2, 4]), 2, { stride: 2 });
  assert.deepEqual(read(pooled), [5, 8]);
  const below = tensor([-1, -2, -3, -4, -5, -6], [1, 1, 2, 3]);
  assert.deepEqual(read(ops.maxPool2d(below, 3, { padding: 1 })), [-1, -1, -2, -1, -1, -2]);
  assert.deepEqual(read(ops.averagePool2d(below, 3, { padding: 1 })), [-3, -3.5, -4, -3, -3.5, -4]);
});

test("mean and sum reduce the dimensions asked for", { skip }, () => {
  const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]);
  assert.deepEqual(read(ops.sum(x, [0, -1])), [14, 22]);
  const mean = ops.mean(x, [1], true);
  assert.deepEqual(mean.shape, [2, 1, 2]);
  assert.deepEqual(read(mean), [2, 3, 6, 7]);
});

test("argmin gives the lowest index among ties, on long rows too", { skip }, () => {
  const x = tensor([3, 1, 1, 2, 0, 0, 5, 0], [2, 4]);
  const found = ops.argmin(x, 1);
  assert.equal(found.dtype, "int64");
  assert.deepEqual(found.toBigInt64Array(), new BigInt64Array([1n, 0n]));
  assert.deepEqual(read(ops.argmin(x, 0)), [1, 1, 0, 1]);
  const long = new Float32Array(70_000).fill(1);
  for (const place of [65_000, 12_345, 40_000]) long[place] = 0;
  assert.equal(ops.argmin(tensor(long, [1, 70_000]), -1).item(), 12_345);
});

test("smallest gives the k smallest in rising order with their places", { skip }, () => {
  const { values: found, indices } = ops.smallest(tensor([5, 1, 4, 2, 0, 9, 8, 7], [2, 4]), 3);
  assert.deepEqual(read(found), [1, 2, 4, 0, 7, 8]);
  assert.deepEqual(indices.toBigInt64Array(), new BigInt64Array([1n, 3n, 2n, 0n, 3n, 2n]));
});

test("constant makes float32 and int64 tensors", { skip }, () => {
  assert.equal(ops.constant(new Float32Array([1]), [1]).dtype, "float32");
  assert.equal(ops.constant(new BigInt64Array([1n]), [1]).dtype, "int64");
  const half = new TorchOps("cpu", "bfloat16");
  assert.equal(half.constant(new Float32Array([1]), [1]).dtype, "bfloat16");
  assert.equal(half.constant(new BigInt64Array([1n]), [1]).dtype, "int64");
});

test("detach cuts the gradient", { skip }, () => {
  const x = tensor([3], [1], { requiresGrad: true });
  backward(ops.mul(x, ops.detach(x)));
  assert.equal(x.grad?.item(), 3);
});
