import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { answer, caption, chooseAnswer, complete } from "v2l";
import { ReadingFake } from "./reading-fake.js";

const CAPTIONS = [
  { words: ["dog", "animal", "grass"], output: "a dog on grass" },
  { words: ["boat", "sea", "blue"], output: "a boat at sea" },
];

const QUESTIONS = [
  { words: ["dog", "red"], question: "What color is it?", output: "red" },
  { words: ["dog", "red"], question: "What is it?", output: "a dog" },
  { words: ["cat", "blue"], question: "What color is it?", output: "blue" },
  { words: ["cat", "blue"], question: "What is it?", output: "a cat" },
];

test("a caption is what the model writes after the captioned examples, up to the line end", async () => {
  const llm = new ReadingFake();
  const tasks = [["sea", "ship", "boat"], ["animal"]].map((query) => {
    return { examples: CAPTIONS, query };
  });
  const [boat, dog] = await caption(llm, tasks);
  assert.deepEqual([boat?.text, dog?.text], ["a boat at sea", "a dog on grass"]);
  assert.equal(boat?.end, "line");
  assert.equal(await llm.detokenize(boat?.tokens ?? []), "a boat at sea\n");
  assert.equal(
    boat?.prompt.text,
    "Each input lists words for a picture. The caption says what is in the picture.\n" +
      "Input: dog animal grass Caption: a dog on grass\n" +
      "Input: boat sea blue Caption: a boat at sea\n" +
      "Input: sea ship boat Caption:",
  );
  assert.deepEqual(boat?.prompt.ids, [1, ...(await llm.tokenize(boat?.prompt.text ?? ""))]);
  assert.equal(llm.calls.length, 1, "both in one call");
});

test("words of parts follow the others with their places, however many words are shown", async () => {
  const places = ["dog on the left", "grass at the bottom"];
  const examples = [{ words: ["dog", "animal"], places, output: "a dog on grass" }];
  const task = { examples, query: ["cat", "pet"], places: ["cat in the middle"] };
  const options = { instruction: false, words: 1 };
  const [captioned] = await caption(new ReadingFake(), [task], options);
  assert.equal(
    captioned?.prompt.text,
    "Input: dog, dog on the left, grass at the bottom Caption: a dog on grass\n" +
      "Input: cat, cat in the middle Caption:",
  );
  const question = "Where is it?";
  const asked = { ...task, examples: [], query: [], question };
  const [answered] = await answer(new ReadingFake(), [asked], options);
  assert.equal(answered?.prompt.text, "Input: cat in the middle Question: Where is it? Answer:");
});

test("prompts leave out words, and entries that hold them, before they count", async () => {
  const examples = [{ words: ["red", "red dog", "dog", "pet", "animal"], output: "a dog" }];
  const options = { instruction: false, words: 2, ignore: ["red", "pet"] };
  const [result] = await caption(
    new ReadingFake(),
    [{ examples, query: ["reddish", "red"] }],
    options,
  );
  assert.equal(result?.prompt.text, "Input: dog animal Caption: a dog\nInput: reddish Caption:");
});

test("prompts show as many words and repeats as asked for", async () => {
  const [result] = await caption(new ReadingFake(), [{ examples: CAPTIONS, query: ["x", "y"] }], {
    instruction: false,
    words: 1,
    repeats: 1,
  });
  const examples = "Input: dog Caption: a dog on grass\nInput: boat Caption: a boat at sea\n";
  assert.equal(result?.prompt.text, `${examples}${examples}Input: x Caption:`);
  const wrong = (options: object) =>
    rejects(
      Promise.resolve().then(() =>
        caption(new ReadingFake(), [{ examples: [], query: [] }], options),
      ),
      "INVALID_ARGUMENT",
    );
  await wrong({ words: -1 });
  await wrong({ repeats: -1 });
  await wrong({ repeats: 0.5 });
  await wrong({ maxTokens: 0 });
});

test("the answer depends on the question and on the picture", async () => {
  const llm = new ReadingFake();
  const ask = (query: string[], question: string) => ({ examples: QUESTIONS, query, question });
  const results = await answer(llm, [
    ask(["dog"], "What color is it?"),
    ask(["dog"], "What is it?"),
    ask(["cat"], "What color is it?"),
    ask(["cat"], "What is it?"),
  ]);
  assert.deepEqual(
    results.map(({ text }) => text),
    ["red", "a dog", "blue", "a cat"],
  );
  assert.ok(
    results[0]?.prompt.text.endsWith(
      "Input: cat blue Question: What is it? Answer: a cat\n" +
        "Input: dog Question: What color is it? Answer:",
    ),
  );
});

test("an answer from a list is the one of highest probability, though the model would write another", async () => {
  const task = { examples: QUESTIONS, query: ["cat"], question: "What is it?" };
  const llm = new ReadingFake();
  const [result] = await chooseAnswer(llm, [{ ...task, answers: ["a dog", "a cat", "a cow"] }]);
  assert.equal(result?.text, "a cat");
  assert.ok((result?.choices[1]?.probability ?? 0) > 0.999);
  const [other] = await chooseAnswer(llm, [{ ...task, answers: ["a car", "red", "blue"] }]);
  assert.equal(other?.text, "a car", "three characters as the model would write them");
  await rejects(chooseAnswer(llm, [{ ...task, answers: [] }]), "INVALID_ARGUMENT", "choices");
});

/** A model that writes these ids one after the other, whatever it reads. */
function writer(pieces: readonly string[], ids: readonly number[], promptLength: number) {
  return new FakeLanguageModel({
    pieces,
    script: (prompt, logits) => {
      logits.fill(-Infinity);
      logits[ids[prompt.length - promptLength] as number] = 0;
    },
  });
}

test("generation ends with a line end however it is spelled, with eos, or after maxTokens", async () => {
  const bytes = ["<unk>", "<s>", "</s>", "▁P", "▁a", "b", "<0x0A>", "Ċ"];
  const bpe = ["<unk>", "<s>", "</s>", "▁P", "▁a", "b", ".Ċ", "Ċ"];
  const plain = ["<unk>", "<s>", "</s>", "▁P", "▁a", "b", "\n"];
  const write = async (pieces: string[], ids: number[], maxTokens = 5) => {
    const [result] = await complete(writer(pieces, ids, 2), ["P"], { maxTokens });
    return [result?.tokens.length, result?.end];
  };
  assert.deepEqual(await write(bytes, [4, 6, 5, 5, 5]), [2, "line"]);
  assert.deepEqual(await write(bytes, [4, 7, 5, 5, 5]), [5, "length"], "a letter among bytes");
  assert.deepEqual(await write(bpe, [4, 6, 5, 5, 5]), [2, "line"]);
  assert.deepEqual(await write(bpe, [4, 7, 5, 5, 5]), [2, "line"]);
  assert.deepEqual(await write(plain, [4, 5, 6, 5, 5]), [3, "line"]);
  assert.deepEqual(await write(plain, [4, 2, 5, 5, 5]), [2, "text"]);
  assert.deepEqual(await write(plain, [4, 5, 5, 5], 4), [4, "length"]);
});

test("sampling depends on the seed alone, and greedy text is the likeliest", async () => {
  const llm = new FakeLanguageModel();
  const prompts = ["once", "upon"];
  const write = async (texts: string[], seed?: number) => {
    const sampling = seed === undefined ? {} : { sampling: { temperature: 1, topP: 1, seed } };
    const results = await complete(llm, texts, { maxTokens: 8, ...sampling });
    return results.map(({ tokens }) => tokens.join());
  };
  const both = await write(prompts, 1);
  assert.deepEqual(await write(prompts, 1), both);
  assert.deepEqual(await write(["upon"], 1), both.slice(1), "whatever else is in the call");
  assert.notDeepEqual(await write(prompts, 2), both);
  const [greedy] = await complete(llm, ["once"], { maxTokens: 1 });
  const prompt = greedy?.prompt.ids ?? [];
  const all = Array.from({ length: llm.info.vocabularySize }, (_, id) => id);
  const [logProbs = []] = await llm.nextLogProbs([prompt], all);
  const best = Math.max(...logProbs);
  assert.equal(logProbs[greedy?.tokens[0] as number], best);
  assert.ok(Math.abs((greedy?.logProb ?? 0) - best) < 1e-6);
});

test("a prompt that leaves no room for the output is refused", async () => {
  const llm = new ReadingFake({ contextSize: 200 });
  const task = { examples: CAPTIONS, query: ["sea"] };
  await rejects(caption(llm, [task], { maxTokens: 100 }), "CONTEXT_OVERFLOW", "200");
});

import { rejects } from "@v2l/testing";
