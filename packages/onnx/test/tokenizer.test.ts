import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFloat32, initialize, Random, tokenizerNetwork, type VqganConfig } from "@v2l/nn";
import { maxAbsDifference } from "@v2l/testing";
import { type OnnxTensor, TokenizerSessions, type Value } from "../src/index.js";
import { runGraph } from "./run-graph.js";

const config: VqganConfig = {
  resolution: 16,
  ch: 8,
  chMult: [1, 2],
  numResBlocks: 1,
  attnResolutions: [8],
  zChannels: 4,
  embedDim: 6,
  normGroups: 4,
};
const [CODES, WORDS, SIZE] = [40, 12, 16];

const random = new Random(4);
const values = (length: number, std = 1) =>
  Float32Array.from({ length }, () => std * random.normal());
const localCodebook = fromFloat32(values(CODES * 6, 0.4), [CODES, 6]);
const globalCodebook = fromFloat32(values(WORDS * 6), [WORDS, 6]);
const images = values(2 * 3 * SIZE * SIZE);
const weights = initialize(tokenizerNetwork(config).params, 3);

for (const normalize of [true, false]) {
  test(`local ids are the nearest projected rows (normalize ${normalize})`, async () => {
    const network = tokenizerNetwork(config, { normalize });
    const { features, rows } = await runGraph(
      {
        image: { data: images, shape: [2, 3, SIZE, SIZE] },
      },
      (run, { image }) => ({
        features: network.encode(run, image as Value),
        rows: network.projectCodebook(
          run,
          run.ops.constant(floats(localCodebook.bytes), [CODES, 6]),
        ),
      }),
      { weights },
    );
    using sessions = await TokenizerSessions.create(options(normalize));
    const ids = await sessions.encode(images);
    assert.equal(sessions.cells, 64);
    assert.deepEqual([...ids], nearestRows(features as OnnxTensor, rows as OnnxTensor));
    assert.ok(new Set(ids).size > 5, "the test needs several codes in use");
  });
}

test("decoding reads the projected rows and looks at the un-projected global rows", async () => {
  const network = tokenizerNetwork(config);
  const local = Int32Array.from({ length: 64 }, (_, i) => (i * 7) % CODES);
  const global = [3, 1, 11];
  const data = floats(globalCodebook.bytes);
  const context = Float32Array.from(global.flatMap((id) => [...data.subarray(id * 6, id * 6 + 6)]));
  const { image } = await runGraph(
    { context: { data: context, shape: [1, 3, 6] } },
    (run, inputs) => {
      const { ops } = run;
      const codebook = ops.constant(floats(localCodebook.bytes), [CODES, 6]);
      const ids = ops.constant(BigInt64Array.from(local, BigInt), [64]);
      const rows = ops.embedding(network.projectCodebook(run, codebook), ids);
      const grid = ops.permute(ops.reshape(rows, [1, 8, 8, 6]), [0, 3, 1, 2]);
      return { image: network.decode(run, grid, inputs.context as Value) };
    },
    { weights },
  );
  using sessions = await TokenizerSessions.create(options(true));
  const decoded = await sessions.decode(local, global);
  assert.ok(maxAbsDifference(decoded, (image as OnnxTensor).data as Float32Array) < 1e-5);
  const other = await sessions.decode(local, [3, 1, 10]);
  assert.ok(maxAbsDifference(decoded, other) > 1e-3, "the global words must matter");
});

test("wrong sizes and ids out of range are refused by name", async () => {
  using sessions = await TokenizerSessions.create(options(true));
  const invalid = (name: string) => ({ code: "INVALID_ARGUMENT", message: new RegExp(name) });
  await assert.rejects(sessions.encode(new Float32Array(5)), invalid("`images`"));
  const cells = new Array(64).fill(0);
  await assert.rejects(sessions.decode(cells, [0, 1]), invalid("`global`"));
  await assert.rejects(sessions.decode(cells, [0, 1, WORDS]), invalid(`${WORDS} at 2`));
  await assert.rejects(sessions.decode([...cells.slice(1), -1], [0, 1, 2]), invalid("-1 at 63"));
});

function options(normalize: boolean) {
  const sizes = { imageSize: SIZE, words: 3, threads: 1 };
  return { config, weights, localCodebook, globalCodebook, normalize, ...sizes };
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** Nearest rows by the plain sum of squared differences, float64. */
function nearestRows(features: OnnxTensor, rows: OnnxTensor): number[] {
  return Array.from({ length: 128 }, (_, cell) => {
    const start = Math.floor(cell / 64) * 6 * 64 + (cell % 64);
    const distances = Array.from({ length: CODES }, (_, code) => {
      let sum = 0;
      for (let d = 0; d < 6; d++) {
        sum += (Number(features.data[start + d * 64]) - Number(rows.data[code * 6 + d])) ** 2;
      }
      return sum;
    });
    return distances.indexOf(Math.min(...distances));
  });
}
