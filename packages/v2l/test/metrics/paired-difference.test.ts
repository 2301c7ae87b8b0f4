import assert from "node:assert/strict";
import { test } from "node:test";
import { pairedDifference, V2LError } from "v2l";

/** `count` times each outcome pair, in order. */
function outcomes(
  ...pairs: readonly (readonly [count: number, first: boolean, second: boolean])[]
) {
  const all = pairs.flatMap(([count, ...pair]) => Array.from({ length: count }, () => pair));
  return [all.map(([first]) => first), all.map(([, second]) => second)] as [boolean[], boolean[]];
}

test("the interval is that of the formula, by hand", () => {
  const pair = outcomes([50, true, true], [12, true, false], [5, false, true], [33, false, false]);
  const { difference, interval } = pairedDifference(...pair);
  assert.equal(difference, 0.07);
  // (12 + 1) / 102 = 0.127451, (5 + 1) / 102 = 0.058824: difference 0.068627;
  // variance (0.186275 - 0.068627^2) / 102 = 0.0017800, times 1.959964 the root: 0.082692
  assert.ok(Math.abs(interval.low - -0.014065) < 1e-5, `${interval.low}`);
  assert.ok(Math.abs(interval.high - 0.151319) < 1e-5, `${interval.high}`);
});

test("two that never disagree differ by nothing, within an interval around it", () => {
  const { difference, interval } = pairedDifference(...outcomes([10, true, true]));
  assert.equal(difference, 0);
  // sqrt(2 / 12 / 12) times 1.959964
  assert.ok(Math.abs(interval.high - 0.230984) < 1e-5, `${interval.high}`);
  assert.equal(interval.low, -interval.high);
});

test("the sign follows the first, and the order of trials does not matter", () => {
  const [first, second] = outcomes([3, true, false], [40, true, true], [9, false, true]);
  const there = pairedDifference(first, second);
  const back = pairedDifference([...second].reverse(), [...first].reverse());
  assert.equal(there.difference, -6 / 52);
  assert.ok(Math.abs(there.interval.low + back.interval.high) < 1e-12);
});

test("no trials, or different numbers of them, are refused", () => {
  const refused = (error: unknown) =>
    error instanceof V2LError && error.code === "INVALID_ARGUMENT";
  assert.throws(() => pairedDifference([], []), refused);
  assert.throws(() => pairedDifference([true], [true, false]), refused);
});
