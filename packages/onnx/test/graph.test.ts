import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFloat32, type ParamSpec, toFloat16 } from "@v2l/nn";
import { buildGraph, isUsable, OnnxSession, type Value } from "../src/index.js";
import { runGraph, tensor } from "./run-graph.js";

const spec = (name: string, shape: readonly number[]): ParamSpec => {
  return { name, shape, init: { kind: "zeros" }, buffer: false };
};

test("half-precision weights are widened", async () => {
  // 1/3 rounded to 10 fraction bits is 1365/4096 (by hand).
  const weights = new Map([["w", toFloat16(new Float32Array([1 / 3, -2]), [2])]]);
  const { y } = await runGraph(
    { x: tensor([2], [1, 1]) },
    (run, { x }) => ({ y: run.ops.mul(x as Value, run.weight(spec("w", [2]))) }),
    { weights },
  );
  assert.deepEqual([...(y?.data ?? [])], [1365 / 4096, -2]);
});

test("weights and nodes that no output needs are left out of the model", () => {
  const big = fromFloat32(new Float32Array(10_000), [10_000]);
  const weights = new Map([
    ["big", big],
    ["unused", big],
  ]);
  const model = buildGraph(
    {
      name: "test",
      inputs: [{ name: "x", dtype: "float32", shape: [1] }],
      build: (run, { x }) => {
        run.ops.add(x as Value, run.weight(spec("big", [10_000])));
        return { y: run.ops.affine(x as Value, 2) };
      },
    },
    weights,
  );
  assert.ok(model.graph.length < 1000, `${model.graph.length} bytes`);
  assert.deepEqual(model.tensors, []);
});

test("weights may change or go once the session has loaded them", async () => {
  // One table that is read as it lies, and one matrix that the runtime packs anew.
  const [rows, matrix] = [new Float32Array(4000).fill(2), new Float32Array(10_000).fill(3)];
  const weights = new Map([
    ["rows", fromFloat32(rows, [40, 100])],
    ["matrix", fromFloat32(matrix, [100, 100])],
  ]);
  const model = buildGraph(
    {
      name: "test",
      inputs: [{ name: "ids", dtype: "int64", shape: [-1] }],
      build: (run, { ids }) => {
        const found = run.ops.embedding(run.weight(spec("rows", [40, 100])), ids as Value);
        return { found, y: run.ops.linear(found, run.weight(spec("matrix", [100, 100])), null) };
      },
    },
    weights,
  );
  using session = await OnnxSession.create(model);
  rows.fill(0);
  matrix.fill(0);
  const { found, y } = await session.run({ ids: { data: new BigInt64Array([39n]), shape: [1] } });
  assert.deepEqual([found?.data[99], y?.data[99]], [2, 600]);
});

test("a missing or misshapen weight is refused by name", () => {
  const weights = new Map([["w", fromFloat32(new Float32Array(2), [2])]]);
  const build = (name: string, shape: readonly number[]) => () =>
    buildGraph(
      { name: "test", inputs: [], build: (run) => ({ y: run.weight(spec(name, shape)) }) },
      weights,
    );
  assert.throws(build("w", [3]), { code: "CHECKPOINT_MISMATCH", message: /`w`.*\[2\]/ });
  assert.throws(build("v", [2]), { code: "CHECKPOINT_MISMATCH", message: /`v`.*nothing/ });
});

test("inputs that are missing or do not fit are refused by name", async () => {
  const model = buildGraph(
    {
      name: "test",
      inputs: [{ name: "x", dtype: "float32", shape: [-1, 2] }],
      build: (run, { x }) => ({ y: run.ops.affine(x as Value, 2) }),
    },
    new Map(),
  );
  using session = await OnnxSession.create(model);
  const { y } = await session.run({ x: tensor([2, 2], [1, 2, 3, 4]) });
  assert.deepEqual(y, { data: new Float32Array([2, 4, 6, 8]), shape: [2, 2] });
  const refused = { code: "INVALID_ARGUMENT", message: /`x`/ };
  await assert.rejects(session.run({}), refused);
  await assert.rejects(session.run({ x: tensor([2, 3], new Array(6).fill(0)) }), refused);
  await assert.rejects(session.run({ x: tensor([2, 2], [1]) }), refused);
});

test("a disposed session says so, and disposing twice is allowed", async () => {
  const model = buildGraph(
    {
      name: "test",
      inputs: [{ name: "x", dtype: "float32", shape: [1] }],
      build: (run, { x }) => ({ y: run.ops.affine(x as Value, 2) }),
    },
    new Map(),
  );
  const session = await OnnxSession.create(model);
  session.dispose();
  session.dispose();
  await assert.rejects(session.run({ x: tensor([1], [1]) }), { code: "DISPOSED" });
});

test("a run that is under way when its session is disposed still ends well", async () => {
  const running = runGraph({ x: tensor([1], [3]) }, ({ ops }, { x }) => ({
    y: ops.affine(x as Value, 2),
  }));
  assert.deepEqual([...((await running).y?.data ?? [])], [6]);
});

test("bytes that are no model are refused with a code", async () => {
  await assert.rejects(OnnxSession.create({ graph: new Uint8Array([1, 2, 3]), tensors: [] }), {
    code: "RUNTIME",
  });
});

test("the CPU is always usable", async () => {
  assert.equal(await isUsable("cpu"), true);
});
