import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeWords, nearestExamples, wordSimilarity } from "v2l";

function close(value: number, expected: number): void {
  assert.ok(Math.abs(value - expected) < 1e-12, `${value} and ${expected}`);
}

test("similarity is the cosine of lists whose n-th word weighs 1/n", () => {
  close(wordSimilarity(["a", "b", "c"], ["a", "b", "c"]), 1);
  assert.equal(wordSimilarity(["a", "b"], ["c", "d"]), 0);
  assert.equal(wordSimilarity([], ["a"]), 0);
  // (1 * 1/2 + 1/2 * 1) / (1 + 1/4)
  close(wordSimilarity(["a", "b"], ["b", "a"]), 0.8);
  // Both lists have "a" first; the second word differs: 1 / (1 + 1/4).
  close(wordSimilarity(["a", "b"], ["a", "c"]), 0.8);
  assert.ok(wordSimilarity(["a", "b"], ["a", "c"]) > wordSimilarity(["a", "b"], ["c", "b"]));
});

test("the nearest examples come last, the nearest of them at the end", () => {
  const examples = [
    { words: ["sea", "boat"], output: "1" },
    { words: ["dog", "pet"], output: "2" },
    { words: ["dog", "cat"], output: "3" },
    { words: ["tree"], output: "4" },
  ];
  const found = nearestExamples(examples, { words: ["dog", "cat"] }, 2);
  assert.deepEqual(
    found.map(({ output }) => output),
    ["2", "3"],
  );
  const all = nearestExamples(examples, { words: ["dog", "cat"] }, 9);
  assert.deepEqual(
    all.map(({ output }) => output),
    ["4", "1", "2", "3"],
  );
});

test("with questions, examples with a similar question are nearer", () => {
  const examples = ["What color is the dog?", "How many dogs are there?"].map((question) => {
    return { words: ["dog"], question, output: question };
  });
  const nearest = (question: string) => {
    return nearestExamples(examples, { words: ["dog"], question }, 1)[0]?.output;
  };
  assert.equal(nearest("what color is the cat?"), "What color is the dog?");
  assert.equal(nearest("How many cats are there?"), "How many dogs are there?");
});

test("words of frames merge by their mean of 1/rank", () => {
  // a: 1 + 1/2 + 1/3; b: 1/2 + 1; c: 1/3; d: 1/2; e: 1.
  const frames = [
    ["a", "b", "c"],
    ["b", "a"],
    ["e", "d", "a"],
  ];
  assert.deepEqual(mergeWords(frames), ["a", "b", "e", "d", "c"]);
  assert.deepEqual(mergeWords([["x", "y"]]), ["x", "y"]);
  assert.deepEqual(mergeWords([]), []);
});
