import assert from "node:assert/strict";
import { test } from "node:test";
import { ExamplePool } from "../../src/restoration/example-pool.js";

const pair = (input: number[], output: number[]) => ({ input, output });
/** Inputs of two tokens that count alike. */
const pool = new ExamplePool(
  [
    pair([1, 1], [10, 10]),
    pair([2, 2], [20, 20]),
    pair([1, 1], [10, 10]),
    pair([1, 2], [30, 30]),
    pair([9, 9], [90, 90]),
  ],
  [1, 1],
);

test("examples in common are the nearest of every input, what most ask for last", () => {
  const inputs = [
    [2, 2],
    [1, 1],
    [1, 1],
  ];
  assert.deepEqual(pool.common(inputs, 2), [pair([2, 2], [20, 20]), pair([1, 1], [10, 10])]);
});

test("equal examples are shown once, and further ones come after the nearest", () => {
  // Of [1,1] the second nearest is the same pair again; only then comes the pair that shares one token.
  assert.deepEqual(
    pool.common([[1, 1]], 2).map(({ output }) => output[0]),
    [30, 10],
  );
  assert.equal(pool.common([[1, 1]], 99).length, 4);
  assert.deepEqual(pool.common([[1, 1]], 0), []);
});
