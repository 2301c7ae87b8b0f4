import assert from "node:assert/strict";
import { test } from "node:test";
import { shortcomings } from "../src/serve/serve.js";
import { summarize } from "../src/statistics.js";

const overhead = {
  direct: summarize([0.001]),
  gateway: summarize([0.003]),
  added: summarize([0.002]),
};
const load = {
  capacity: 10,
  seconds: 60,
  rate: 20,
  statuses: { 200: 600, 503: 600 },
  failures: 0,
  accepted: summarize([1]),
  memory: { before: 100, most: 200, after: 150 },
  before: summarize([0.1]),
  after: summarize([0.1]),
  exitStatus: 0,
};

test("a run is good when all targets are met", () => {
  assert.deepEqual(shortcomings(overhead, load), []);
});

test("each target that is missed is named", () => {
  const slow = { ...overhead, added: summarize([0.006]) };
  assert.match(shortcomings(slow, load).join(), /adds 6\.00 ms/);
  const missed = {
    ...load,
    statuses: { 200: 1, 500: 1 },
    failures: 2,
    accepted: { ...summarize([1]), runs: [] },
    memory: { before: 100, most: 400, after: 400 },
    after: summarize([0.3]),
    exitStatus: null,
  };
  assert.equal(shortcomings(overhead, missed).length, 6);
});
