import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClipConfig,
  clipNetwork,
  elements,
  fromFloat32,
  initialize,
  Random,
  type TensorData,
} from "@v2l/nn";
import { maxAbsDifference } from "@v2l/testing";
import { ClipSessions, type OnnxTensor, type Value } from "../src/index.js";
import { runGraph } from "./run-graph.js";

const config: ClipConfig = {
  embedDim: 8,
  vision: { imageSize: 8, patchSize: 4, width: 12, layers: 3, heads: 3 },
  text: { contextLength: 7, vocabSize: 20, width: 16, layers: 2, heads: 2 },
};
const network = clipNetwork(config);

/** The closed form that clip-text.reference.py explains. */
function closedForm(name: string, shape: readonly number[]): TensorData {
  let phase = 0;
  for (const letter of name) phase += letter.charCodeAt(0);
  const scale = /ln_.*weight$/.test(name) ? 1 : 0;
  const data = Float32Array.from({ length: elements(shape) }, (_, i) => {
    return scale + 0.4 * Math.sin(0.7 * i + (phase % 100));
  });
  return fromFloat32(data, shape);
}

test("text features equal those of PyTorch's own modules, read at the first largest id", async () => {
  const weights = new Map(network.params.map((p) => [p.name, closedForm(p.name, p.shape)]));
  using sessions = await ClipSessions.create({ config, weights, globalCodebook: null });
  const ids = [18, 4, 3, 19, 0, 0, 0, 18, 19, 0, 0, 0, 0, 0, 18, 1, 2, 5, 7, 11, 19];
  // Printed by clip-text.reference.py (float64).
  const expected = [
    [1.803932, -0.970724, -3.288833, -4.060153, -2.921919, -0.409461, 2.295572, 3.920963],
    [1.621896, -1.094071, -3.29548, -3.946973, -2.742143, -0.24764, 2.363331, 3.862792],
    [1.492232, -1.272131, -3.438191, -3.987216, -2.66099, -0.08326, 2.533629, 3.958913],
  ];
  const difference = maxAbsDifference(await sessions.encodeText(ids), expected.flat());
  assert.ok(difference < 1e-4, `differs by ${difference}`);
});

test("a text's feature is the same without the zeros behind it, in every batch", async () => {
  const weights = initialize(network.params, 5);
  using sessions = await ClipSessions.create({ config, weights, globalCodebook: null });
  const texts = [
    [18, 4, 19],
    [18, 7, 19],
    [18, 2, 19],
  ];
  const padded = texts.flatMap((ids) => [...ids, 0, 0, 0, 0]);
  const whole = await sessions.encodeText(texts.flat(), 3);
  assert.ok(maxAbsDifference(whole, await sessions.encodeText(padded)) < 1e-5);
  // Another batch size with other neighbours: the same bits.
  assert.deepEqual(await sessions.encodeText([...(texts[2] as number[])], 3), whole.slice(16));
  for (const length of [0, 8, 2.5]) {
    await assert.rejects(sessions.encodeText(texts.flat(), length), { code: "INVALID_ARGUMENT" });
  }
});

const random = new Random(11);
const pixels = Float32Array.from({ length: 2 * 3 * 8 * 8 }, () => random.normal());
const weights = initialize(network.params, 5);

test("global words are the rows nearest to the unit feature, whatever their length", async () => {
  const rows = Float32Array.from({ length: 30 * 8 }, (_, i) => random.normal() * (1 + (i % 3)));
  const globalCodebook = fromFloat32(rows, [30, 8]);
  using sessions = await ClipSessions.create({ config, weights, globalCodebook, words: 4 });
  const { features, indices, distances } = await sessions.encodeImage(pixels);
  for (let image = 0; image < 2; image++) {
    const feature = features.subarray(image * 8, image * 8 + 8);
    assert.ok(Math.abs(Math.hypot(...feature) - 1) < 1e-5);
    const all = Array.from({ length: 30 }, (_, row) => {
      const distance = feature.reduce(
        (sum, f, d) => sum + (f - (rows[row * 8 + d] as number)) ** 2,
        0,
      );
      return { row, distance };
    });
    const nearest = all.sort((a, b) => a.distance - b.distance).slice(0, 4);
    const found = indices.subarray(image * 4, image * 4 + 4);
    assert.deepEqual(
      [...found],
      nearest.map(({ row }) => row),
    );
    const wanted = nearest.map(({ distance }) => distance);
    assert.ok(maxAbsDifference(distances.subarray(image * 4, image * 4 + 4), wanted) < 1e-5);
  }
});

test("hidden states of chosen layers lead to the image feature", async () => {
  const { states, blocks } = await runGraph(
    { pixels: { data: pixels, shape: [2, 3, 8, 8] } },
    (run, inputs) => {
      const blocks: Value[] = [];
      const observe = (name: string, value: Value) => {
        if (/ln_pre$|resblocks\.\d$/.test(name)) blocks.push(value);
      };
      network.encodeImage({ ...run, observe }, inputs.pixels as Value);
      const states = network.imageFeatures(run, inputs.pixels as Value, [3, 0, 2]);
      const picked = [3, 0, 2].map((layer) => blocks[layer] as Value);
      return { states: run.ops.concat(states, 0), blocks: run.ops.concat(picked, 0) };
    },
    { weights },
  );
  assert.deepEqual(states?.shape, [6, 5, 12]);
  assert.deepEqual((states as OnnxTensor).data, (blocks as OnnxTensor).data);
});

test("a half that is not loaded says so", async () => {
  const options = { config, weights, globalCodebook: null };
  using text = await ClipSessions.create({ ...options, halves: ["text"] });
  await assert.rejects(text.encodeImage(pixels), { code: "UNSUPPORTED", message: /image half/ });
  using image = await ClipSessions.create({ ...options, config: { ...config, text: null } });
  await assert.rejects(image.encodeText([]), { code: "UNSUPPORTED", message: /text half/ });
  const { indices, distances } = await image.encodeImage(pixels);
  assert.deepEqual([indices.length, distances.length], [0, 0]);
});
