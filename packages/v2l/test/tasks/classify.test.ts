import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { Random } from "@v2l/nn";
import { type ClassificationTask, classify } from "v2l";
import { ReadingFake } from "./reading-fake.js";

const CLASSES = ["zorb", "blick", "wug", "dax", "fep"];

/** The words of image `n` of a class: three that its class has, two that every image has others of. */
function words(label: string, n: number): string[] {
  const own = [1, 2, 3].map((i) => `${label}${i}`.toUpperCase());
  return [...own, `noise${n}`, `more${n}`];
}

/** 5-way 2-shot tasks, one for each class in turn. */
function tasks(count: number): ClassificationTask[] {
  return Array.from({ length: count }, (_, i) => ({
    classes: CLASSES,
    examples: [0, 1].flatMap((shot) =>
      CLASSES.map((label, c) => ({ words: words(label, 100 * i + 10 * shot + c), output: label })),
    ),
    query: words(CLASSES[i % 5] as string, 100 * i + 99),
  }));
}

function accuracy(results: readonly { label: string }[]): number {
  return results.filter(({ label }, i) => label === CLASSES[i % 5]).length / results.length;
}

test("the prompt is the documented text", async () => {
  const [task] = tasks(1) as [ClassificationTask];
  const small = {
    classes: ["zorb", "blick"],
    examples: [
      { words: ["dog", "animal", "hot dog"], output: "zorb" },
      { words: ["boat\n", "\u0000", "", "\ufffd", " sea "], output: "blick" },
    ],
    query: ["puppy"],
  };
  const text = async (options: object, one: ClassificationTask = small) => {
    return (await classify(new ReadingFake(), [one], options))[0]?.prompt.text;
  };
  const examples = "Input: dog animal hot dog Output: zorb\nInput: boat sea Output: blick\n";
  const instruction =
    "For each of the following input output pairs, the output is one of: zorb, blick.\n";
  assert.equal(await text({}), `${instruction}${examples}Input: puppy Output:`);
  assert.equal(
    await text({ instruction: false, repeats: 1 }),
    `${examples}${examples}Input: puppy Output:`,
  );
  const zeroShot = { ...task, examples: [], query: ["a", "b"] };
  assert.equal(
    await text({}, zeroShot),
    "For each of the following input output pairs, the output is one of: zorb, blick, wug, dax, fep.\n" +
      "Input: a b Output:",
  );
});

test("the ids are those of the text after bos", async () => {
  const llm = new ReadingFake();
  const [result] = await classify(llm, tasks(1));
  const { text, ids } = result?.prompt ?? { text: "", ids: [] };
  assert.deepEqual(ids, [1, ...(await llm.tokenize(text))]);
});

test("a model that copies from the most similar example classifies perfectly", async () => {
  const results = await classify(new ReadingFake(), tasks(50));
  assert.equal(accuracy(results), 1);
  for (const { choices } of results) {
    assert.deepEqual(
      choices.map(({ text }) => text),
      CLASSES,
    );
    const sum = choices.reduce((total, { probability }) => total + probability, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9);
    assert.ok(Math.max(...choices.map(({ probability }) => probability)) > 0.999);
  }
});

test("with words shuffled between the queries, or without words, it falls to chance", async () => {
  const count = 400;
  const all = tasks(count);
  const queries = new Random(3).shuffle(all.map(({ query }) => query));
  const shuffled = all.map((task, i) => ({ ...task, query: queries[i] as string[] }));
  const blind = all.map((task) => ({ ...task, query: [] }));
  // Chance is 1/5 with a standard deviation of 0.02: three of them.
  const chance = (value: number) => assert.ok(Math.abs(value - 0.2) < 0.06, String(value));
  chance(accuracy(await classify(new ReadingFake(), shuffled)));
  chance(accuracy(await classify(new ReadingFake(), blind)));
});

test("probabilities are the softmax of complete class names, whatever their lengths", async () => {
  // After `Output:` the odds of "a" to "b" are 3 to 1, after "a" those of "a" to a line end 1 to 1;
  // all else is impossible or certain. So "a": 3/4 * 1/2, "aa": 3/4 * 1/2 * 1, "b": 1/4.
  const pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "▁a", "▁b", "a", "▁Input:", "▁Output:"];
  const llm = new FakeLanguageModel({
    pieces,
    script: (prompt, logits) => {
      logits.fill(-Infinity);
      const set = (odds: Record<number, number>) => {
        for (const [id, value] of Object.entries(odds)) logits[Number(id)] = Math.log(value);
      };
      if (prompt.at(-1) === 8) set({ 4: 3, 5: 1 });
      else if (prompt.at(-1) === 4) set({ 6: 1, 3: 1 });
      else set({ 3: 1 });
    },
  });
  const task = { classes: ["b", "aa", "a"], examples: [], query: [] };
  const [result] = await classify(llm, [task], { instruction: false });
  const shown = result?.choices.map(({ text, probability, logProb, tokens }) => {
    return [text, probability.toFixed(5), Math.exp(logProb).toFixed(5), tokens];
  });
  assert.deepEqual(shown, [
    ["b", "0.25000", "0.25000", 2],
    ["aa", "0.37500", "0.37500", 3],
    ["a", "0.37500", "0.37500", 2],
  ]);
  assert.equal(result?.label, "aa", "of equal ones the first");
});

test("calibration divides by the probabilities without words", async () => {
  // Without words "a" has odds of 9 to 1; with the word "w" 3 to 1. Divided: (3/4)/(9/10) against
  // (1/4)/(1/10), which is 1 to 3.
  const pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "▁a", "▁b", "▁w", "▁Input:", "▁Output:"];
  const llm = new FakeLanguageModel({
    pieces,
    script: (prompt, logits) => {
      logits.fill(-Infinity);
      if (prompt.at(-1) !== 8) logits[3] = 0;
      else [logits[4], logits[5]] = [Math.log(prompt.includes(6) ? 3 : 9), 0];
    },
  });
  const task = { classes: ["a", "b"], examples: [], query: ["w"] };
  const options = { instruction: false } as const;
  const [plain] = await classify(llm, [task], options);
  const [calibrated] = await classify(llm, [task, task], { ...options, calibrate: true });
  const probability = (of: typeof plain) => of?.choices[0]?.probability.toFixed(5);
  assert.deepEqual([plain?.label, probability(plain)], ["a", "0.75000"]);
  assert.deepEqual([calibrated?.label, probability(calibrated)], ["b", "0.25000"]);
  assert.ok(Math.abs((calibrated?.choices[0]?.logProb ?? 0) - Math.log(0.75)) < 1e-6);
});

test("a piece across the border of prompt and class is scored as the model tokenizes it", async () => {
  // ":" and "▁b" are one piece here, so that the prompt alone ends otherwise than with "b".
  const pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "▁Input:", "▁Output", ":", ":▁b", "▁a"];
  const asked: number[][] = [];
  const llm = new FakeLanguageModel({
    pieces,
    script: (prompt) => {
      asked.push([...prompt]);
    },
  });
  const task = { classes: ["a", "b"], examples: [], query: [] };
  const [result] = await classify(llm, [task], { instruction: false });
  assert.deepEqual(
    result?.choices.map(({ tokens }) => tokens),
    [3, 2],
  );
  assert.deepEqual(llm.calls[0]?.prompts, [[1, 4, 5]]);
  assert.ok(asked.some((prompt) => prompt.join() === "1,4,5,7"));
});

test("all tasks go to the model in one call", async () => {
  const llm = new ReadingFake();
  const seen: number[] = [];
  await classify(llm, tasks(20), { onProgress: (done) => seen.push(done) });
  assert.equal(llm.calls.length, 1);
  assert.equal(llm.calls[0]?.prompts.length, 20);
  assert.equal(seen.at(-1), 20);
  const signal = AbortSignal.abort();
  await assert.rejects(classify(llm, tasks(2), { signal }), { name: "AbortError" });
});

test("classes that are none, empty, equal or missing are refused", async () => {
  const [task] = tasks(1) as [ClassificationTask];
  const refused = (classes: readonly string[], part: string) =>
    rejects(
      classify(new ReadingFake(), [{ ...task, classes, examples: [] }]),
      "INVALID_ARGUMENT",
      part,
    );
  await refused([], "none");
  await refused(["a", " "], '""');
  await refused(["a", "b", "a\n"], '"a"');
  const strange = { ...task, classes: ["zorb", "blick"] };
  await rejects(classify(new ReadingFake(), [strange]), "INVALID_ARGUMENT", "wug");
  const small = new ReadingFake({ contextSize: 64 });
  await rejects(classify(small, [task]), "CONTEXT_OVERFLOW", "64");
});

import { rejects } from "@v2l/testing";
