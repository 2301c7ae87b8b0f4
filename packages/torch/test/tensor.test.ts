import assert from "node:assert/strict";
import { test } from "node:test";
import type { DType } from "@v2l/nn";
import { aten, fromData, scope, tensor } from "@v2l/torch";
import { skip } from "./support.js";

test("typed arrays keep dtype, shape and values on the way in and out", { skip }, () => {
  const floats = tensor(new Float32Array([1.5, -2, 3, 0.25, 5, 6]), [2, 3]);
  assert.equal(floats.dtype, "float32");
  assert.deepEqual(floats.shape, [2, 3]);
  assert.equal(floats.device, "cpu");
  assert.deepEqual([...floats.toFloat32Array()], [1.5, -2, 3, 0.25, 5, 6]);

  const big = 2n ** 62n + 1n;
  const longs = tensor(new BigInt64Array([big, -5n]), [2]);
  assert.equal(longs.dtype, "int64");
  assert.deepEqual(longs.toBigInt64Array(), new BigInt64Array([big, -5n]));

  const bytes = tensor(new Uint8Array([0, 255, 7]), [3]);
  assert.equal(bytes.dtype, "uint8");
  assert.deepEqual([...bytes.toFloat32Array()], [0, 255, 7]);
});

test("the tensor is a copy: later writes to the array do not reach it", { skip }, () => {
  const source = new Float32Array([1, 2]);
  const x = tensor(source, [2]);
  source[0] = 9;
  assert.deepEqual([...x.toFloat32Array()], [1, 2]);
});

test("scalars have the empty shape and empty tensors no elements", { skip }, () => {
  assert.deepEqual(tensor([3], []).shape, []);
  assert.equal(tensor([3], []).item(), 3);
  assert.deepEqual(tensor([], [0, 4]).toFloat32Array(), new Float32Array(0));
});

// Bit patterns from IEEE 754 and from bfloat16 being the upper half of a float32.
const PATTERNS: readonly [DType, number[], number[]][] = [
  ["float16", [0x3c00, 0xc000, 0x3555, 0x7bff], [1, -2, 0.333251953125, 65504]],
  ["bfloat16", [0x3f80, 0xc000, 0x3eab, 0x4780], [1, -2, 0.333984375, 65536]],
];

for (const [dtype, patterns, expected] of PATTERNS) {
  test(`${dtype} goes in and out bit for bit, and reads as float32`, { skip }, () => {
    const bytes = new Uint8Array(Uint16Array.from(patterns).buffer);
    const x = fromData({ dtype, shape: [4], bytes });
    assert.equal(x.dtype, dtype);
    assert.deepEqual([...x.toFloat32Array()], expected);
    assert.deepEqual(x.toData(), { dtype, shape: [4], bytes });
  });

  test(`float32 becomes ${dtype} with rounding to nearest`, { skip }, () => {
    const x = tensor([1, -2, 1 / 3], [3]).to({ dtype });
    assert.deepEqual([...new Uint16Array(x.toData().bytes.buffer)], patterns.slice(0, 3));
  });
}

test("bool reads as 0 and 1", { skip }, () => {
  const x = aten.gtScalar(tensor([1, 3], [2]), 2);
  assert.equal(x.dtype, "bool");
  assert.deepEqual([...x.toFloat32Array()], [0, 1]);
  assert.deepEqual(x.toData().bytes, new Uint8Array([0, 1]));
});

test("to() shares memory where nothing changes and copies on demand", { skip }, () => {
  const x = tensor([1, 2], [2]);
  const same = x.to({ dtype: "float32" });
  const copy = x.to({ copy: true });
  aten.mulScalar_(x, 10);
  assert.deepEqual([...same.toFloat32Array()], [10, 20]);
  assert.deepEqual([...copy.toFloat32Array()], [1, 2]);
  x.dispose();
  assert.deepEqual([...same.toFloat32Array()], [10, 20]);
});

test("a channels-last tensor reads in NCHW order", { skip }, () => {
  const x = tensor([0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 2, 2]);
  const last = x.to({ memoryFormat: "channels_last" });
  assert.ok(last.isContiguous("channels_last"));
  assert.ok(!last.isContiguous());
  assert.deepEqual(last.toFloat32Array(), x.toFloat32Array());
  assert.ok(last.contiguous().isContiguous());
});

test("a transposed view reads in its own order", { skip }, () => {
  const x = aten.transpose(tensor([1, 2, 3, 4, 5, 6], [2, 3]), 0, 1);
  assert.deepEqual([...x.toFloat32Array()], [1, 4, 2, 5, 3, 6]);
});

test("in-place operators give back the very object they changed", { skip }, () => {
  const x = tensor([1], [1]);
  assert.equal(aten.mulScalar_(x, 3), x);
  assert.equal(x.item(), 3);
});

test("wrong byte counts, shapes, dtypes and devices are refused", { skip }, () => {
  const invalid = { name: "TorchError", code: "INVALID_ARGUMENT" };
  assert.throws(() => tensor([1, 2, 3], [2]), {
    ...invalid,
    message: "Expected 8 bytes for `data` but received 12",
  });
  assert.throws(() => tensor([1], [-1]), invalid);
  assert.throws(() => tensor([1], [1]).to({ dtype: "float8" as DType }), invalid);
  assert.throws(() => tensor([1], [1], { device: "toaster" }), { name: "TorchError" });
});

test("`using` frees at the end of the block", { skip }, () => {
  let outside: { disposed: boolean };
  {
    using x = tensor([1], [1]);
    outside = x;
    assert.ok(!x.disposed);
  }
  assert.ok(outside.disposed);
});

test("a tensor made without the addon is refused, not followed", { skip }, () => {
  const fake = Object.create(Object.getPrototypeOf(tensor([1], [1])));
  assert.throws(() => fake.shape, { name: "TorchError", code: "DISPOSED" });
  assert.throws(() => aten.relu({} as never), { code: "INVALID_ARGUMENT" });
  scope(() => assert.ok(fake.disposed));
});
