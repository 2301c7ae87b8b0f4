import assert from "node:assert/strict";
import { test } from "node:test";
import { maskWhere, meanOf, tokenAccuracy } from "v2l";

test("only tokens of the region count", () => {
  const lower = maskWhere({ height: 2, width: 3 }, (row) => row === 1);
  // Of the lower row 5 and 6 are right.
  assert.equal(tokenAccuracy([9, 9, 9, 4, 5, 6], [1, 2, 3, 0, 5, 6], lower), 2 / 3);
  assert.equal(tokenAccuracy(Int32Array.of(1, 2, 3, 0, 0, 0), [1, 2, 3, 4, 5, 6], lower), 0);
});

test("grids of another size and an empty region are refused", () => {
  const grid = { height: 1, width: 2 };
  const refused = { code: "INVALID_ARGUMENT" };
  const all = maskWhere(grid, () => true);
  assert.throws(() => tokenAccuracy([1], [1, 2], all), refused);
  assert.throws(() => tokenAccuracy([1, 2], [1, 2, 3], all), refused);
  const none = maskWhere(grid, () => false);
  assert.throws(() => tokenAccuracy([1, 2], [1, 2], none), refused);
});

test("a mean's interval by hand", () => {
  // Values 1, 3, 5: mean 3, variance 4, standard error 2 / sqrt(3).
  const { mean, interval } = meanOf([1, 3, 5]);
  const reach = (1.959963984540054 * 2) / Math.sqrt(3);
  assert.equal(mean, 3);
  assert.ok(Math.abs(interval.low - (3 - reach)) < 1e-12);
  assert.ok(Math.abs(interval.high - (3 + reach)) < 1e-12);
  assert.deepEqual(meanOf([2, 2]).interval, { low: 2, high: 2 });
  assert.throws(() => meanOf([1]), { code: "INVALID_ARGUMENT" });
});
