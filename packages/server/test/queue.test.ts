import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerError } from "../src/errors.js";
import { RequestQueue } from "../src/queue.js";
import { gate } from "./support.js";

const never = new AbortController().signal;

test("jobs run in their order, as many at once as may", async () => {
  const queue = new RequestQueue({ concurrency: 2, length: 10 });
  const gates = [gate(), gate(), gate(), gate()];
  const begun: number[] = [];
  const jobs = gates.map(({ opened }, i) => {
    return queue.run(() => {
      begun.push(i);
      return opened.then(() => i);
    }, never);
  });
  await new Promise(setImmediate);
  assert.deepEqual([begun, queue.running, queue.waiting], [[0, 1], 2, 2]);
  gates[1]?.open();
  assert.equal(await jobs[1], 1);
  await new Promise(setImmediate);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const { open } of gates) open();
  assert.deepEqual(await Promise.all(jobs), [0, 1, 2, 3]);
  assert.deepEqual([queue.running, queue.waiting, queue.refused], [0, 0, 0]);
});

test("a full queue refuses at once, and says when to come back", async () => {
  const queue = new RequestQueue({ concurrency: 1, length: 1 });
  const { open, opened } = gate();
  const first = queue.run(() => opened, never);
  const second = queue.run(async () => {}, never);
  await assert.rejects(queue.enter(never), (error) => {
    assert.ok(error instanceof ServerError);
    // One job takes a second until more is known: the waiting one, and this.
    assert.deepEqual([error.code, error.status, error.retryAfter], ["QUEUE_FULL", 503, 2]);
    return true;
  });
  assert.equal(queue.refused, 1);
  open();
  await Promise.all([first, second]);
  (await queue.enter(never)).release();
});

test("who leaves while waiting gives the place to others", async () => {
  const queue = new RequestQueue({ concurrency: 1, length: 1 });
  const { open, opened } = gate();
  const first = queue.run(() => opened, never);
  const leaving = new AbortController();
  const second = queue.enter(leaving.signal);
  leaving.abort(new Error("left"));
  await assert.rejects(second, /left/);
  const third = queue.run(async () => "third", never);
  open();
  assert.equal(await third, "third");
  await first;
});

test("who waits longer than its time is told that the queue was full", async () => {
  const queue = new RequestQueue({ concurrency: 1, length: 1 });
  const { open, opened } = gate();
  const first = queue.run(() => opened, never);
  const late = new AbortController();
  const second = queue.enter(late.signal);
  late.abort(new ServerError("TIME_LIMIT", "late"));
  await assert.rejects(second, { code: "QUEUE_FULL" });
  open();
  await first;
});

test("a job that cannot be stopped keeps its place until it has ended", async () => {
  const queue = new RequestQueue({ concurrency: 1, length: 1 });
  const { open, opened } = gate();
  const leaving = new AbortController();
  const first = queue.run(() => opened, leaving.signal);
  await new Promise(setImmediate);
  leaving.abort(new Error("left"));
  await assert.rejects(first, /left/);
  let ran = false;
  const second = queue.run(async () => {
    ran = true;
  }, never);
  await new Promise(setImmediate);
  assert.equal(ran, false);
  open();
  await second;
  assert.equal(ran, true);
});

test("a job that fails frees its place", async () => {
  const queue = new RequestQueue({ concurrency: 1, length: 0 });
  const failing = queue.run(() => Promise.reject(new Error("broken")), never);
  await assert.rejects(failing, /broken/);
  assert.equal(await queue.run(async () => 1, never), 1);
});
