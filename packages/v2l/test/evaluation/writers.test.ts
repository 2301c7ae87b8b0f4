import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerByModel,
  captionByModel,
  chooseByModel,
  copyNearest,
  countOutputs,
  exampleChooser,
  listWords,
  mostFrequent,
  withOtherWords,
  wordsRead,
} from "v2l";
import { ReadingFake } from "../tasks/reading-fake.js";

const POOL = [
  { words: ["sea", "boat"], output: "a boat" },
  { words: ["dog", "pet"], output: "a dog" },
  { words: ["cat", "pet"], output: "a cat" },
];
const SIMILAR = { choose: "similar", count: 2, seed: 0 } as const;

test("captions come from the model, shown the most similar examples, each distinct image once", async () => {
  const llm = new ReadingFake();
  const write = captionByModel(llm, exampleChooser(POOL, SIMILAR), { words: 1 });
  const images = [["dog", "tail"], ["sea"], ["dog", "tail"]].map((words) => ({ words }));
  assert.deepEqual(await write(images), ["a dog", "a boat", "a dog"]);
  assert.deepEqual(
    llm.calls.map(({ prompts }) => prompts.length),
    [2],
  );
  const prompt = await llm.detokenize(llm.calls[0]?.prompts[0] ?? []);
  assert.match(
    prompt,
    /\nInput: sea Caption: a boat\nInput: dog Caption: a dog\nInput: dog Caption:$/,
  );
});

test("random examples are the same for all images, and others with another seed", () => {
  const drawn = (seed: number) => exampleChooser(POOL, { choose: "random", count: 2, seed });
  const first = drawn(1)({ words: ["dog"] });
  assert.equal(first.length, 2);
  assert.deepEqual(drawn(1)({ words: ["sea"] }), first);
  const others = [2, 3, 4, 5, 6].map((seed) => drawn(seed)({ words: ["dog"] }));
  assert.ok(others.some((other) => JSON.stringify(other) !== JSON.stringify(first)));
});

interface Asked {
  readonly words: readonly string[];
  readonly kind: string;
}

const ANSWERS = [
  { words: ["dog"], question: "What is it?", kind: "what", output: "a dog" },
  { words: ["dog"], question: "Is it red?", kind: "is", output: "no" },
  { words: ["cat"], question: "Is it red?", kind: "is", output: "yes" },
  { words: ["sun"], question: "Is it red?", kind: "is", output: "yes" },
];

test("answers come from the model, freely or from a list", async () => {
  const llm = new ReadingFake();
  const chosen = exampleChooser(ANSWERS, { ...SIMILAR, count: 4 });
  const inputs = [
    { words: ["cat"], question: "Is it red?" },
    { words: ["dog"], question: "Is it red?" },
    { words: ["dog"], question: "What is it?" },
  ];
  assert.deepEqual(await answerByModel(llm, chosen)(inputs), ["yes", "no", "a dog"]);
  const lists = ({ question }: { question: string }) =>
    question === "What is it?" ? ["a cat", "a sun"] : ["no", "yes"];
  const [red, notRed, what] = await chooseByModel(llm, chosen, lists)(inputs);
  assert.deepEqual([red, notRed], ["yes", "no"]);
  assert.ok(["a cat", "a sun"].includes(what as string), "nothing but the list");
});

test("copying an example, listing words and repeating the most frequent output need no model", async () => {
  const images = [{ words: ["boat", "sea"] }, { words: ["pet", "cat"] }];
  assert.deepEqual(await copyNearest(POOL)(images), ["a boat", "a cat"]);
  assert.deepEqual(await copyNearest([])(images), ["", ""]);
  assert.deepEqual(await listWords(1)(images), ["boat", "pet"]);
  const write = mostFrequent<Asked>(ANSWERS, ({ kind }) => kind);
  const asked = ["is", "what", "where"].map((kind) => ({ words: [], kind }));
  assert.deepEqual(await write(asked), ["yes", "a dog", "yes"]);
  assert.deepEqual(countOutputs(ANSWERS), [
    { output: "yes", count: 2 },
    { output: "a dog", count: 1 },
    { output: "no", count: 1 },
  ]);
});

test("controls read no words, or those of the image half the list away", () => {
  const images = withOtherWords([["a"], ["b"], ["c"], ["d"], ["e"]].map((words) => ({ words })));
  const read = (which: "own" | "none" | "other") =>
    images.map((one) => wordsRead(one, which).words.join());
  assert.deepEqual(read("own"), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(read("none"), ["", "", "", "", ""]);
  assert.deepEqual(read("other"), ["c", "d", "e", "a", "b"]);
});
