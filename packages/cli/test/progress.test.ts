import assert from "node:assert/strict";
import { test } from "node:test";
import { duration } from "../src/output/format.js";
import { Progress } from "../src/output/progress.js";

/** A stream that keeps what is written, and a clock that tests turn. */
function fake(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const clock = { seconds: 0 };
  const sink = {
    isTTY,
    columns,
    write: (text: unknown) => {
      written.push(String(text));
      return true;
    },
  };
  return { written, clock, progress: new Progress("Working", sink, () => clock.seconds) };
}

test("a terminal gets one line that is drawn over, with bar and time to go", () => {
  const { written, clock, progress } = fake(true);
  progress.update({ done: 0, total: 40 });
  clock.seconds = 10;
  progress.update({ done: 10, total: 40, note: "loss 1.5" });
  progress.end();
  // A quarter in 10 s leaves 30 s.
  const bar = `${"█".repeat(6)}${"░".repeat(18)}`;
  assert.deepEqual(written, [`\rWorking ${bar} 10/40 (25%, 30s left)  loss 1.5\x1b[K`, "\r\x1b[K"]);
});

test("a line never wraps: what is too long is cut", () => {
  const { written, clock, progress } = fake(true, 20);
  clock.seconds = 1;
  progress.update({ done: 1, total: 2 });
  assert.equal(written[0]?.replace("\r", "").replace("\x1b[K", "").length, 19);
});

test("elsewhere there is a line every 30 seconds and nothing for short work", () => {
  const { written, clock, progress } = fake(false);
  for (let second = 0; second < 100; second++) {
    clock.seconds = second;
    progress.update({ done: second, total: 100, remaining: 100 - second });
  }
  progress.end();
  assert.deepEqual(written, [
    "Working 30/100 (30%, 1m 10s left)\n",
    "Working 60/100 (60%, 40s left)\n",
    "Working 90/100 (90%, 10s left)\n",
  ]);
});

test("durations read like speech", () => {
  assert.deepEqual([0.4, 59.4, 61, 3599, 7500].map(duration), [
    "0s",
    "59s",
    "1m 01s",
    "59m 59s",
    "2h 05m",
  ]);
});
