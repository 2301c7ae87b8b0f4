import assert from "node:assert/strict";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { temporaryFolder } from "@v2l/testing";
import { Journal } from "../src/index.js";

interface Entry {
  readonly n: number;
}

const open = (folder: string, identity: object, fresh = false) =>
  Journal.open<Entry>(folder, "test", identity, { fresh });

test("what was added is there when the journal is opened again", (t) => {
  const folder = temporaryFolder(t);
  const first = open(folder, { seed: 1 });
  assert.deepEqual(first.entries, []);
  first.add({ n: 1 });
  first.add({ n: 2 }, { n: 3 });
  assert.deepEqual(first.entries, [{ n: 1 }, { n: 2 }, { n: 3 }]);
  const second = open(folder, { seed: 1 });
  assert.equal(second.path, first.path);
  assert.deepEqual(second.entries, first.entries);
});

test("another identity has another journal", (t) => {
  const folder = temporaryFolder(t);
  open(folder, { seed: 1 }).add({ n: 1 });
  assert.deepEqual(open(folder, { seed: 2 }).entries, []);
});

test("a line that was not finished is cut off, and the next one is whole", (t) => {
  const folder = temporaryFolder(t);
  const journal = open(folder, {});
  journal.add({ n: 1 });
  appendFileSync(journal.path, '{"n":');
  const again = open(folder, {});
  assert.deepEqual(again.entries, [{ n: 1 }]);
  again.add({ n: 2 });
  assert.equal(readFileSync(journal.path, "utf8"), '{"n":1}\n{"n":2}\n');
  writeFileSync(journal.path, '{"n"');
  assert.deepEqual(open(folder, {}).entries, []);
});

test("a fresh journal forgets", (t) => {
  const folder = temporaryFolder(t);
  open(folder, {}).add({ n: 1 });
  assert.deepEqual(open(folder, {}, true).entries, []);
  assert.deepEqual(open(folder, {}).entries, []);
});
