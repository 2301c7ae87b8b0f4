import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ops } from "@v2l/nn";
import { maxAbsDifference } from "@v2l/testing";
import type { OnnxTensor, Value } from "../src/index.js";
import { runGraph, tensor, wave } from "./run-graph.js";

/** Compares one operator with values that the test computes on its own. */
async function check(
  inputs: Record<string, OnnxTensor>,
  build: (ops: Ops<Value>, inputs: Record<string, Value>) => Value,
  expected: { shape: readonly number[]; values: ArrayLike<number> },
  tolerance = 1e-5,
): Promise<void> {
  const { y } = await runGraph(inputs, ({ ops }, values) => ({ y: build(ops, values) }));
  assert.deepEqual(y?.shape, expected.shape);
  const received = Array.from((y as OnnxTensor).data, Number);
  const difference = maxAbsDifference(received, expected.values);
  assert.ok(difference <= tolerance, `differs by ${difference}`);
}

const v = (inputs: Record<string, Value>, name = "x") => inputs[name] as Value;
const at = (t: OnnxTensor, i: number) => Number(t.data[i]);

/** Direct sum over the definition of a convolution, float64. */
function convolution(
  x: OnnxTensor,
  w: OnnxTensor,
  bias: readonly number[],
  stride: number,
  [top, left, bottom, right]: readonly [number, number, number, number],
) {
  const [n, c, h, wd] = x.shape as [number, number, number, number];
  const [o, , kh, kw] = w.shape as [number, number, number, number];
  const rows = Math.floor((h + top + bottom - kh) / stride) + 1;
  const columns = Math.floor((wd + left + right - kw) / stride) + 1;
  const values: number[] = [];
  for (let b = 0; b < n; b++) {
    for (let k = 0; k < o; k++) {
      for (let r = 0; r < rows; r++) {
        for (let q = 0; q < columns; q++) {
          let sum = bias[k] as number;
          for (let i = 0; i < c * kh * kw; i++) {
            const [ch, dr, dc] = [Math.floor(i / (kh * kw)), Math.floor(i / kw) % kh, i % kw];
            const [row, column] = [r * stride - top + dr, q * stride - left + dc];
            if (row < 0 || row >= h || column < 0 || column >= wd) continue;
            const weight = at(w, ((k * c + ch) * kh + dr) * kw + dc);
            sum += weight * at(x, ((b * c + ch) * h + row) * wd + column);
          }
          values.push(sum);
        }
      }
    }
  }
  return { shape: [n, o, rows, columns], values };
}

test("a convolution pads the sides it is told to", async () => {
  const [x, w] = [wave([2, 3, 6, 5]), wave([4, 3, 3, 3], 1)];
  const bias = [0.5, -0.25, 0, 1];
  await check(
    { x, w, b: tensor([4], bias) },
    (ops, i) => ops.conv2d(v(i), v(i, "w"), v(i, "b"), { stride: 2, padding: [0, 0, 1, 1] }),
    convolution(x, w, bias, 2, [0, 0, 1, 1]),
  );
});

test("an upsampling before a 3x3 convolution equals copying every pixel four times", async () => {
  const [x, kernel] = [wave([2, 2, 3, 4]), wave([3, 2, 3, 3], 2)];
  const big = { shape: [2, 2, 6, 8], data: new Float32Array(192) };
  big.data.forEach((_, i) => {
    const [plane, row, column] = [Math.floor(i / 48), Math.floor(i / 8) % 6, i % 8];
    big.data[i] = at(x, (plane * 3 + (row >> 1)) * 4 + (column >> 1));
  });
  const bias = [0.1, 0.2, 0.3];
  const expected = convolution(big, kernel, bias, 1, [1, 1, 1, 1]);
  await check(
    { x, b: tensor([3], bias) },
    (ops, i) => {
      const weight = ops.constant(kernel.data as Float32Array, kernel.shape);
      return ops.conv2d(ops.upsample2x(v(i)), weight, v(i, "b"), { padding: 1 });
    },
    expected,
  );
  await check({ x }, (ops, i) => ops.upsample2x(v(i)), { shape: big.shape, values: big.data }, 0);
});

test("a linear layer works on rows and on batches of rows", async () => {
  const [x, w] = [wave([2, 3, 4]), wave([5, 4], 1)];
  const bias = [1, 2, 3, 4, 5];
  const values = Array.from({ length: 30 }, (_, i) => {
    const [row, column] = [Math.floor(i / 5), i % 5];
    let sum = bias[column] as number;
    for (let k = 0; k < 4; k++) sum += at(x, row * 4 + k) * at(w, column * 4 + k);
    return sum;
  });
  const inputs = { x, w, b: tensor([5], bias) };
  const build = (ops: Ops<Value>, i: Record<string, Value>) =>
    ops.linear(v(i), v(i, "w"), v(i, "b"));
  await check(inputs, build, { shape: [2, 3, 5], values });
  await check({ ...inputs, x: { ...x, shape: [6, 4] } }, build, { shape: [6, 5], values });
});

test("group and layer normalisation use the population variance", async () => {
  const x = wave([2, 4, 3]);
  const [scale, offset] = [
    [1, 2, -1, 0.5],
    [0, 1, 2, 3],
  ];
  const values = Array.from({ length: 24 }, (_, i) => {
    const start = Math.floor(i / 6) * 6;
    const group = Array.from({ length: 6 }, (_, k) => at(x, start + k));
    const channel = Math.floor(i / 3) % 4;
    return (
      standard(group, i - start, 1e-2) * (scale?.[channel] as number) +
      (offset?.[channel] as number)
    );
  });
  const [weight, bias] = [tensor([4], scale as number[]), tensor([4], offset as number[])];
  await check(
    { x, weight, bias },
    (ops, i) => ops.groupNorm(v(i), 2, v(i, "weight"), v(i, "bias"), 1e-2),
    { shape: [2, 4, 3], values },
  );
  const rows = wave([3, 4]);
  const layer = Array.from({ length: 12 }, (_, i) => {
    const row = Array.from({ length: 4 }, (_, k) => at(rows, (i & ~3) + k));
    return standard(row, i % 4, 1e-2) * (scale?.[i % 4] as number) + (offset?.[i % 4] as number);
  });
  await check(
    { x: rows, weight, bias },
    (ops, i) => ops.layerNorm(v(i), v(i, "weight"), v(i, "bias"), 1e-2),
    { shape: [3, 4], values: layer },
  );
});

test("root mean square normalisation leaves the mean where it is", async () => {
  const x = tensor([2, 2], [3, 4, -1, 7]);
  const weight = tensor([2], [2, -1]);
  // Mean squares 12.5 and 25.
  const roots = [Math.sqrt(15), Math.sqrt(27.5)] as const;
  await check({ x, weight }, (ops, i) => ops.rmsNorm(v(i), v(i, "weight"), 2.5), {
    shape: [2, 2],
    values: [6 / roots[0], -4 / roots[0], -2 / roots[1], -7 / roots[1]],
  });
});

/** Entry `i` of the values after subtracting their mean and dividing by their deviation. */
function standard(values: readonly number[], i: number, eps: number): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return ((values[i] as number) - mean) / Math.sqrt(variance + eps);
}

test("batch normalisation uses the running statistics and refuses to train", async () => {
  const x = wave([2, 2, 2, 1]);
  const statistics = { m: tensor([2], [0.5, -1]), s: tensor([2], [4, 0.25]) };
  const inputs = { x, w: tensor([2], [2, 3]), b: tensor([2], [1, -1]), ...statistics };
  const build = (training: boolean) => (ops: Ops<Value>, i: Record<string, Value>) =>
    ops.batchNorm(
      v(i),
      { weight: v(i, "w"), bias: v(i, "b"), runningMean: v(i, "m"), runningVar: v(i, "s") },
      { training, momentum: 0.1, eps: 0 },
    );
  const values = Array.from({ length: 8 }, (_, i) =>
    Math.floor(i / 2) % 2 === 0 ? ((at(x, i) - 0.5) / 2) * 2 + 1 : ((at(x, i) + 1) / 0.5) * 3 - 1,
  );
  await check(inputs, build(false), { shape: x.shape, values });
  await assert.rejects(check(inputs, build(true), { shape: [], values: [] }), {
    code: "UNSUPPORTED",
  });
});

test("element-wise operators", async () => {
  const x = wave([2, 5]);
  const cases: [string, (ops: Ops<Value>, x: Value) => Value, (x: number) => number][] = [
    ["relu", (ops, x) => ops.relu(x), (x) => Math.max(x, 0)],
    ["leakyRelu", (ops, x) => ops.leakyRelu(x, 0.2), (x) => (x < 0 ? 0.2 * x : x)],
    ["sigmoid", (ops, x) => ops.sigmoid(x), (x) => 1 / (1 + Math.exp(-x))],
    ["silu", (ops, x) => ops.silu(x), (x) => x / (1 + Math.exp(-x))],
    ["affine", (ops, x) => ops.affine(x, 3, -2), (x) => 3 * x - 2],
    ["square", (ops, x) => ops.square(x), (x) => x * x],
    ["abs", (ops, x) => ops.abs(x), Math.abs],
    ["sqrt", (ops, x) => ops.sqrt(ops.affine(x, 1, 2)), (x) => Math.sqrt(x + 2)],
    ["detach", (ops, x) => ops.detach(ops.add(x, x)), (x) => 2 * x],
  ];
  for (const [name, build, expected] of cases) {
    const values = Array.from(x.data as Float32Array, expected);
    await check({ x }, (ops, i) => build(ops, v(i)), { shape: x.shape, values }).catch((error) => {
      throw new Error(name, { cause: error });
    });
  }
});

test("arithmetic broadcasts as NumPy does", async () => {
  const [x, b] = [tensor([2, 1, 3], [1, 2, 3, 4, 5, 6]), tensor([2, 1], [10, 100])];
  const pairs = (f: (a: number, b: number) => number) =>
    [0, 1].flatMap((i) =>
      [0, 1].flatMap((j) => [0, 1, 2].map((k) => f(at(x, i * 3 + k), at(b, j)))),
    );
  const shape = [2, 2, 3];
  const run = (name: "add" | "sub" | "mul" | "div", f: (a: number, b: number) => number) =>
    check({ x, b }, (ops, i) => ops[name](v(i), v(i, "b")), { shape, values: pairs(f) });
  await run("add", (a, b) => a + b);
  await run("sub", (a, b) => a - b);
  await run("mul", (a, b) => a * b);
  await run("div", (a, b) => a / b);
});

test("softmax, matmul and pooling", async () => {
  const x = tensor([2, 2], [0, Math.log(3), 1, 1]);
  await check({ x }, (ops, i) => ops.softmax(v(i), -1), {
    shape: [2, 2],
    values: [0.25, 0.75, 0.5, 0.5],
  });
  const [a, b] = [tensor([2, 1, 2], [1, 2, 3, 4]), tensor([2, 2, 1], [5, 6, 7, 8])];
  await check({ x: a, b }, (ops, i) => ops.matmul(v(i), v(i, "b")), {
    shape: [2, 1, 1],
    values: [17, 53],
  });
  const picture = tensor([1, 1, 3, 5], [1, 9, 2, 8, 3, 4, 5, 6, 7, 0, 9, 9, 9, 9, 9]);
  await check({ x: picture }, (ops, i) => ops.maxPool2d(v(i), 2, { stride: 2 }), {
    shape: [1, 1, 1, 2],
    values: [9, 8],
  });
  const below = tensor([1, 1, 2, 3], [-1, -2, -3, -4, -5, -6]);
  await check({ x: below }, (ops, i) => ops.maxPool2d(v(i), 3, { padding: 1 }), {
    shape: [1, 1, 2, 3],
    values: [-1, -1, -2, -1, -1, -2],
  });
  // A corner's window holds four values, an edge's six: padding does not count.
  await check({ x: below }, (ops, i) => ops.averagePool2d(v(i), 3, { padding: 1 }), {
    shape: [1, 1, 2, 3],
    values: [-3, -3.5, -4, -3, -3.5, -4],
  });
});

test("shapes: permute, slice, concat, reshape, expand", async () => {
  const x = tensor([2, 3], [1, 2, 3, 4, 5, 6]);
  await check({ x }, (ops, i) => ops.permute(v(i), [1, 0]), {
    shape: [3, 2],
    values: [1, 4, 2, 5, 3, 6],
  });
  await check({ x }, (ops, i) => ops.slice(v(i), -1, 1, 3), {
    shape: [2, 2],
    values: [2, 3, 5, 6],
  });
  await check({ x }, (ops, i) => ops.concat([v(i), v(i)], 0), {
    shape: [4, 3],
    values: [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6],
  });
  await check({ x }, (ops, i) => ops.reshape(v(i), [3, -1]), {
    shape: [3, 2],
    values: [1, 2, 3, 4, 5, 6],
  });
  const row = tensor([1, 2], [7, 8]);
  await check({ x, row }, (ops, i) => ops.expandBatch(v(i, "row"), v(i)), {
    shape: [2, 2],
    values: [7, 8, 7, 8],
  });
});

test("reductions", async () => {
  const x = tensor([2, 3], [1, 2, 3, 4, 5, 12]);
  await check({ x }, (ops, i) => ops.sum(v(i), [0]), { shape: [3], values: [5, 7, 15] });
  await check({ x }, (ops, i) => ops.mean(v(i), [-1], true), { shape: [2, 1], values: [2, 7] });
  await check({ x }, (ops, i) => ops.mean(v(i), [0, 1]), { shape: [], values: [4.5] });
});

test("ties of argmin and of the smallest entries go to the lowest index", async () => {
  const x = tensor([2, 4], [3, 1, 1, 2, 0, 5, 0, -1]);
  await check({ x }, (ops, i) => ops.argmin(v(i), 1), { shape: [2], values: [1, 3] });
  await check({ x }, (ops, i) => ops.smallest(v(i), 3).indices, {
    shape: [2, 3],
    values: [1, 2, 3, 3, 0, 2],
  });
  await check({ x }, (ops, i) => ops.smallest(v(i), 3).values, {
    shape: [2, 3],
    values: [1, 1, 2, -1, 0, 0],
  });
});

test("int64: rows by index, and argmin of ids", async () => {
  const ids: OnnxTensor = { data: new BigInt64Array([2n, 0n, 1n, 2n]), shape: [2, 2] };
  const table = tensor([3, 2], [1, 2, 3, 4, 5, 6]);
  await check({ ids, table }, (ops, i) => ops.embedding(v(i, "table"), v(i, "ids")), {
    shape: [2, 2, 2],
    values: [5, 6, 1, 2, 3, 4, 5, 6],
  });
  await check({ ids }, (ops, i) => ops.argmin(v(i, "ids"), 1), { shape: [2], values: [1, 0] });
});

test("one graph serves every batch size", async () => {
  for (const batch of [1, 3]) {
    const x = wave([batch, 4, 2, 2]);
    const { y } = await runGraph(
      { x },
      ({ ops }, i) => {
        const cells = ops.reshape(ops.permute(v(i), [0, 2, 3, 1]), [-1, 4]);
        const total = ops.sum(cells, [1], true);
        const one = ops.expandBatch(ops.constant(new Float32Array([1]), [1, 1]), cells);
        return { y: ops.reshape(ops.concat([total, one], 1), [-1, 4, 2]) };
      },
      { dynamic: ["x"] },
    );
    const values = Array.from({ length: batch * 8 }, (_, i) => {
      if (i % 2 === 1) return 1;
      const [item, cell] = [Math.floor(i / 8), (i / 2) % 4];
      return [0, 1, 2, 3].reduce((sum, c) => sum + at(x, (item * 4 + c) * 4 + cell), 0);
    });
    assert.deepEqual(y?.shape, [batch, 4, 2]);
    assert.ok(maxAbsDifference((y as OnnxTensor).data as Float32Array, values) < 1e-6);
  }
});
