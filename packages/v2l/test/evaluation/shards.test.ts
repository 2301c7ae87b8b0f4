import assert from "node:assert/strict";
import { test } from "node:test";
import {
  inShard,
  joinItems,
  joinShards,
  type PartialResult,
  parseShard,
  partialResult,
  readPartialResult,
  type Shard,
  shardItems,
  tableMarkdown,
} from "v2l";

const SUBJECT = { evaluation: "test", config: { seed: 1, images: 7 }, bundle: { name: "tiny" } };

function shard(index: number, count = 3, subject = SUBJECT): PartialResult {
  return partialResult(subject, { index, count }, { sum: index });
}

test("shards are read from i/n and divide the items", () => {
  assert.deepEqual(parseShard("2/4"), { index: 2, count: 4 });
  for (const text of ["0/4", "5/4", "2", "1/0", "a/b", "-1/2", "1/20000", "1/2/3"]) {
    assert.throws(() => parseShard(text), { code: "INVALID_ARGUMENT" }, text);
  }
  const shards = ["1/3", "2/3", "3/3"].map(parseShard) as [Shard, Shard, Shard];
  assert.deepEqual(
    shards.map((one) => shardItems(7, one)),
    [
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ],
  );
  assert.deepEqual(shardItems(1, shards[2]), []);
  assert.deepEqual(joinItems(shards.map((one) => shardItems(7, one))), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(joinItems(["adg", "be", "cf"]).join(""), "abcdefg");
  for (let item = 0; item < 7; item++) {
    assert.equal(shards.filter((one) => inShard(item, one)).length, 1);
  }
});

test("shards are put into their order, whatever order they come in", () => {
  const read = [3, 1, 2].map((index) => {
    return readPartialResult(JSON.parse(JSON.stringify(shard(index))), "a.json");
  });
  const { subject, parts } = joinShards(read, ["c", "a", "b"]);
  assert.deepEqual(subject, SUBJECT);
  assert.deepEqual(parts, [{ sum: 1 }, { sum: 2 }, { sum: 3 }]);
});

test("shards that do not make a whole are refused, each for what is wrong", () => {
  const names = ["a.json", "b.json", "c.json"];
  const join =
    (...partials: PartialResult[]) =>
    () =>
      joinShards(partials, names);
  assert.throws(join(shard(1), shard(3)), { code: "SHARDS_MISSING", message: /2\/3/ });
  assert.throws(join(shard(1), shard(2), shard(1)), {
    code: "SHARDS_OVERLAP",
    message: /a\.json.*c\.json|c\.json.*a\.json/,
  });
  const otherSeed = { ...SUBJECT, config: { seed: 2, images: 7 } };
  assert.throws(join(shard(1), shard(2, 3, otherSeed), shard(3)), {
    code: "SHARDS_DIFFER",
    message:
      "Expected a shard of the same evaluation (config.seed 1) for `b.json` but received config.seed 2. Evaluate all shards with equal options, inputs and versions",
  });
  assert.throws(join(shard(1, 2), shard(2, 3)), { code: "SHARDS_DIFFER", message: /shards 2/ });
  assert.throws(join(), { code: "INVALID_ARGUMENT" });
});

test("what is no shard, or was edited, is refused", () => {
  const good = shard(1);
  const bad: unknown[] = [
    null,
    7,
    { evaluation: "test" },
    { ...good, version: 2 },
    { ...good, shard: { index: 4, count: 3 } },
    { ...good, shard: { index: 1, count: 1e12 } },
    { ...good, part: { sum: 2 } },
  ];
  for (const value of bad) {
    assert.throws(() => readPartialResult(value, "a.json"), {
      code: "INVALID_ARGUMENT",
      message: /a\.json/,
    });
  }
});

test("tables are Markdown, with bars inside cells escaped", () => {
  const table = { title: "T", head: ["a", "b"], rows: [["x|y", "1"]], notes: ["n."] };
  assert.equal(tableMarkdown(table), "**T**\n\n| a | b |\n| --- | --- |\n| x\\|y | 1 |\n\nn.");
});
