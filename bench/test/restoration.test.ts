import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { sameTokens } from "../src/restoration/restoration.js";
import { RuntimeClock } from "../src/restoration/runtime-clock.js";

test("calls that overlap count once, and pauses between calls do not", async () => {
  const clock = new RuntimeClock();
  const begun = performance.now();
  await Promise.all([clock.time(setTimeout(60)), clock.time(setTimeout(60, "b"))]);
  const both = (performance.now() - begun) / 1000;
  assert.ok(clock.seconds > 0.05 && clock.seconds <= both, `${clock.seconds} of ${both}`);
  const before = clock.seconds;
  await setTimeout(30);
  assert.equal(clock.seconds, before);
  await assert.rejects(clock.time(Promise.reject(new Error("failed"))), /failed/);
  assert.equal(await clock.time(setTimeout(20, "value")), "value");
  assert.ok(clock.seconds >= before + 0.015);
});

test("the share of equal tokens is the mean over pictures", () => {
  const tokens = (...grid: readonly number[]) => ({
    tokens: {
      globalTokens: [],
      localTokens: { grid: Int32Array.from(grid), height: 1, width: grid.length, pieces: [] },
    },
  });
  const [one, other] = [tokens(1, 2, 3, 4), tokens(1, 2, 0, 0)];
  assert.equal(sameTokens([one, one], [one, other]), 0.75);
});
