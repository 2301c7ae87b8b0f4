import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Image, Prefetcher } from "v2l";
import type { Dataset } from "../src/data/dataset.js";
import { FeatureCache } from "../src/data/feature-cache.js";
import { PixelCache } from "../src/data/pixel-cache.js";
import { changedFields, mergeConfig } from "../src/run/config.js";
import { DataOrder } from "../src/run/order.js";
import { learningRate } from "../src/run/schedule.js";

describe("the learning rate", () => {
  const schedule = { lr: 5e-6, minLr: 0, warmupEpochs: 1, epochs: 4 };

  // The rates that the official code recorded at these epochs: conformance/training.json.
  for (const [epoch, lr] of [
    [0, 0],
    [0.5, 2.5e-6],
    [1, 5e-6],
    [1.5, 4.665063509461098e-6],
  ] as const) {
    test(`at epoch ${epoch} is the official one`, () => {
      assert.ok(Math.abs(learningRate(schedule, epoch) - lr) < 1e-18);
    });
  }

  test("ends at its minimum", () => {
    assert.equal(learningRate({ ...schedule, minLr: 1e-7 }, 4), 1e-7);
    assert.equal(learningRate({ ...schedule, warmupEpochs: 4 }, 4), schedule.lr);
  });
});

describe("the data order", () => {
  test("visits every item once per epoch, each epoch in another order", () => {
    const order = new DataOrder(10, 7);
    const first = order.batch(0, 10);
    const second = order.batch(1, 10);
    assert.deepEqual([...first].sort(), [...second].sort());
    assert.equal(new Set(first).size, 10);
    assert.notDeepEqual(first, second);
  });

  test("follows from seed and step alone, across epochs too", () => {
    const walked = new DataOrder(10, 7);
    for (let step = 0; step < 9; step++) walked.batch(step, 3);
    assert.deepEqual(new DataOrder(10, 7).batch(9, 3), walked.batch(9, 3));
    assert.notDeepEqual(new DataOrder(10, 8).batch(9, 3), walked.batch(9, 3));
  });
});

describe("a configuration", () => {
  const defaults = { lr: 1, model: { width: 2, layers: [1, 2] }, path: null as string | null };

  test("keeps defaults for fields that are not given", () => {
    const merged = mergeConfig(defaults, { model: { layers: [3] }, path: "x" });
    assert.deepEqual(merged, { lr: 1, model: { width: 2, layers: [3] }, path: "x" });
  });

  test("refuses unknown fields and wrong types by name", () => {
    const unknown = JSON.parse('{"model":{"widht":3}}') as object;
    assert.throws(() => mergeConfig(defaults, unknown), {
      code: "INVALID_ARGUMENT",
      message: "Expected one of width, layers for `a field of config.model` but received widht",
    });
    assert.throws(() => mergeConfig(defaults, JSON.parse('{"lr":"1"}') as object), {
      message: "Expected a value of type number for `config.lr` but received 1",
    });
  });

  test("names the fields in which it differs from another", () => {
    const other = { ...defaults, lr: 2, model: { width: 2, layers: [1, 3] } };
    assert.deepEqual(changedFields(defaults, other), ["lr", "model.layers"]);
  });
});

test("a prefetcher prepares each batch once, a bounded number ahead, none past the end", async () => {
  const made: number[] = [];
  const batches = new Prefetcher(async (step) => made.push(step) && step, 2, 5);
  assert.equal(await batches.get(0), 0);
  assert.deepEqual(made, [0, 1, 2]);
  for (const step of [1, 2, 3, 4]) assert.equal(await batches.get(step), step);
  assert.deepEqual(made, [0, 1, 2, 3, 4]);
});

describe("caches on disk", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "v2l-cache-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const picture = (value: number): Image => ({
    width: 2,
    height: 2,
    data: new Uint8Array(12).fill(value),
  });

  test("features are found again by content, and a record cut off by a crash is dropped", () => {
    const file = join(folder, "features.bin");
    const cache = new FeatureCache(file, 2);
    const key = FeatureCache.key(picture(1));
    cache.add(key, Float32Array.of(3, 4));
    cache.dispose();
    appendFileSync(file, "half a record");
    const again = new FeatureCache(file, 2);
    const out = new Float32Array(4);
    assert.equal(again.size, 1);
    assert.ok(again.read(key, out, 2));
    assert.deepEqual([...out], [0, 0, 3, 4]);
    assert.equal(again.read(FeatureCache.key(picture(2)), out, 0), false);
    again.dispose();
  });

  test("pictures are made once, also when many are asked for at a time", async () => {
    let made = 0;
    const source: Dataset = {
      length: 3,
      item: async (index) => {
        made += 1;
        await new Promise(setImmediate);
        return picture(index + 10);
      },
    };
    const file = join(folder, "pictures.bin");
    const cache = new PixelCache(source, file, 2);
    const first = await Promise.all([2, 0].map((index) => cache.item(index)));
    cache.dispose();
    const again = new PixelCache(source, file, 2);
    assert.deepEqual(await Promise.all([2, 0].map((index) => again.item(index))), first);
    assert.equal(made, 2);
    assert.deepEqual(await again.item(1), picture(11));
    assert.equal(made, 3);
    again.dispose();
  });
});
