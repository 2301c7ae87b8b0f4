import assert from "node:assert/strict";
import { test } from "node:test";
import { waves } from "../src/embedded/waves.js";

test("neighbours follow each other on one sequence", () => {
  // By hand: sequence 0 gets items 0, 1, 2; sequence 1 gets 3, 4, 5; ...; the last one what is left.
  assert.deepEqual(waves(10, 4), [
    [0, 3, 6, 9],
    [1, 4, 7],
    [2, 5, 8],
  ]);
  assert.deepEqual(waves(3, 8), [[0, 1, 2]]);
  assert.deepEqual(waves(0, 8), []);
});

test("every item is in one wave, no wave exceeds the sequences, and as few waves as can be", () => {
  for (let sequences = 1; sequences <= 9; sequences++) {
    for (let items = 1; items <= 40; items++) {
      const all = waves(items, sequences);
      const places = all.flat().sort((a, b) => a - b);
      assert.deepEqual(places, [...Array(items).keys()]);
      const sizes = all.map((wave) => wave.length);
      assert.ok(Math.max(...sizes) <= sequences);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      assert.ok((all.length - 1) * sequences < items);
    }
  }
});
