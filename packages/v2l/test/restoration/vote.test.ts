import assert from "node:assert/strict";
import { test } from "node:test";
import { vote } from "v2l";

/** A fill of cell 5 by one token. */
function fill(token: number, probability: number) {
  return new Map([[5, { token, logProb: Math.log(probability) }]]);
}

test("the largest sum of probabilities wins, with its largest log-probability", () => {
  const result = vote([fill(1, 0.5), fill(2, 0.3), fill(2, 0.4)]);
  assert.deepEqual(result, new Map([[5, { token: 2, logProb: Math.log(0.4) }]]));
});

test("of equal sums the earlier fill wins", () => {
  assert.equal(vote([fill(7, 0.25), fill(3, 0.25)]).get(5)?.token, 7);
});

test("a single fill stays as it is, and cells that one fill lacks are taken from the others", () => {
  const other = new Map([[6, { token: 9, logProb: -1 }]]);
  assert.deepEqual(vote([fill(1, 1)]), fill(1, 1));
  assert.deepEqual([...vote([fill(1, 1), other]).keys()], [5, 6]);
});
