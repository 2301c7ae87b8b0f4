import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClassificationTask } from "v2l";
import { agrees } from "../src/agreement.js";
import type { Contender, ContenderName } from "../src/few-shot/contenders.js";
import { episodes } from "../src/few-shot/episodes.js";
import { measure } from "../src/few-shot/measure.js";

const WORDS = Array.from({ length: 30 }, (_, i) => `word${i}`);

function contender(name: ContenderName, probabilities: readonly number[]): Contender {
  return {
    name,
    run: async (tasks) => tasks.map(() => ({ probabilities, promptTokens: 7 })),
    close: async () => {},
  };
}

test("rounds have different episodes of five classes with five examples each", () => {
  const [one, other] = [0, 1].map((seed) => episodes(WORDS, { words: 5, queries: 3 }, 2, seed));
  assert.equal(one?.length, 6);
  for (const { classes, examples, query } of one as ClassificationTask[]) {
    assert.equal(classes.length, 5);
    assert.equal(query.length, 5);
    for (const name of classes) {
      assert.equal(examples.filter(({ output }) => output === name).length, 5);
    }
  }
  assert.notDeepEqual(one, other);
});

test("whoever answers otherwise than one prompt at a time does not agree", async () => {
  const tasks = episodes(WORDS, { words: 5, queries: 1 }, 3, 0);
  const run = (together: number[]) =>
    measure(
      [contender("together", together), contender("one-prompt", [0.25, 0.75])],
      [tasks, tasks],
    );
  const same = await run([0.26, 0.74]);
  assert.equal(agrees(same.agreement), true);
  // 3 tasks with prompts of 7 tokens in each round; two rounds of 3 tasks with 2 classes.
  assert.equal(same.promptTokens, 21);
  assert.equal(same.agreement[0]?.values, 12);
  assert.equal(same.speedups["one-prompt"].median, 1);
  assert.equal(agrees((await run([0.75, 0.25])).agreement), false);
});
