import assert from "node:assert/strict";
import { test } from "node:test";
import { wilsonInterval } from "v2l";

test("Wilson's interval ends where the score test rejects", () => {
  // The definition: both ends p solve |share - p| = 1.96 sqrt(p (1 - p) / n).
  for (const [successes, n] of [
    [3, 10],
    [81, 263],
    [299, 300],
  ] as const) {
    const { low, high } = wilsonInterval(successes, n);
    for (const p of [low, high]) {
      const z = Math.abs(successes / n - p) / Math.sqrt((p * (1 - p)) / n);
      assert.ok(Math.abs(z - 1.959964) < 1e-5, `${z}`);
    }
    assert.ok(low < successes / n && successes / n < high);
  }
});

test("none and all of n leave one end open: z^2 / (n + z^2)", () => {
  // 3.8414588 / 13.8414588
  const { low, high } = wilsonInterval(0, 10);
  assert.equal(low, 0);
  assert.ok(Math.abs(high - 0.2775328) < 1e-6);
  assert.ok(Math.abs(wilsonInterval(10, 10).high - 1) < 1e-12);
});

test("no trials and more successes than trials are refused", () => {
  for (const [successes, n] of [
    [0, 0],
    [4, 3],
    [-1, 3],
  ] as const) {
    assert.throws(() => wilsonInterval(successes, n), { code: "INVALID_ARGUMENT" });
  }
});
