import assert from "node:assert/strict";
import { test } from "node:test";
import { episodeTasks, sampleEpisodes, V2LError } from "v2l";

interface Entry {
  readonly output: string;
  readonly n: number;
}

function set(classes: number, each: number, style = 0): Entry[] {
  return Array.from({ length: classes * each }, (_, i) => {
    return { output: `class ${i % classes}`, n: style + Math.floor(i / classes) };
  });
}

test("an episode has its ways and shots, and its queries are no support images", () => {
  const options = { ways: 5, shots: 3, queries: 4, seed: 1 };
  for (const { classes, support, queries } of sampleEpisodes(set(8, 7), 200, options)) {
    assert.equal(new Set(classes).size, 5);
    for (const name of classes) {
      assert.equal(support.filter(({ output }) => output === name).length, 3);
    }
    assert.equal(queries.length, 4);
    assert.equal(new Set([...support, ...queries]).size, 19);
    for (const { output } of queries) assert.ok(classes.includes(output));
  }
});

test("classes, support order and queries are drawn evenly", () => {
  const episodes = sampleEpisodes(set(6, 4), 3000, { ways: 3, shots: 1, seed: 5 });
  const share = (of: (one: (typeof episodes)[0]) => boolean) =>
    episodes.filter(of).length / episodes.length;
  // Four standard deviations of a share of 3000 draws.
  const close = (value: number, expected: number) => {
    const deviation = Math.sqrt((expected * (1 - expected)) / 3000);
    assert.ok(Math.abs(value - expected) < 4 * deviation, `${value} and ${expected}`);
  };
  close(
    share(({ classes }) => classes.includes("class 2")),
    3 / 6,
  );
  close(
    share(({ queries, classes }) => queries[0]?.output === classes[0]),
    1 / 3,
  );
  close(
    share(({ queries, support }) => queries[0]?.output === support.at(-1)?.output),
    1 / 3,
  );
  close(
    share(({ queries }) => queries[0]?.n === 0),
    1 / 4,
  );
});

test("equal seeds give equal episodes, and more of them begin with the same", () => {
  const options = { ways: 4, shots: 2, seed: 9 };
  const ten = sampleEpisodes(set(6, 5), 10, options);
  assert.deepEqual(sampleEpisodes(set(6, 5), 20, options).slice(0, 10), ten);
  assert.notDeepEqual(sampleEpisodes(set(6, 5), 10, { ...options, seed: 10 }), ten);
});

test("queries may come from another set", () => {
  const other = set(4, 1, 100);
  const options = { ways: 4, shots: 2, queriesFrom: other, seed: 2 };
  for (const { support, queries } of sampleEpisodes(set(6, 2), 20, options)) {
    assert.ok(support.every(({ n }) => n < 100));
    assert.ok(queries.every(({ n }) => n >= 100));
  }
});

test("too small sets and wrong counts are refused", () => {
  const refused = (options: object, part: string) =>
    assert.throws(
      () => sampleEpisodes(set(5, 3), 1, { ways: 5, shots: 1, seed: 1, ...options }),
      (error) => error instanceof V2LError && error.message.includes(part),
    );
  refused({ ways: 6 }, "6 classes");
  refused({ shots: 3 }, "received 0 of them");
  refused({ queries: 3 }, "received 0 of them");
  refused({ queriesFrom: set(3, 1, 9) }, "received 3 of them");
  refused({ shots: 0 }, "`shots`");
  refused({ ways: 1.5 }, "`ways`");
});

test("the tasks of an episode ask about each query", () => {
  const entry = (output: string, word: string) => ({ output, words: [word] });
  const support = [entry("a", "x"), entry("b", "y")];
  const episode = {
    classes: ["b", "a"],
    support,
    queries: [entry("a", "p"), entry("b", "q")],
  };
  assert.deepEqual(episodeTasks(episode), [
    { classes: ["b", "a"], examples: support, query: ["p"] },
    { classes: ["b", "a"], examples: support, query: ["q"] },
  ]);
});
