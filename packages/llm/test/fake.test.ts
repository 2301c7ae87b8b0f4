import assert from "node:assert/strict";
import { test } from "node:test";
import { rejects } from "@v2l/testing";
import { FakeLanguageModel } from "../src/index.js";
import { languageModelContract } from "./contract.js";

languageModelContract("the fake", async () => new FakeLanguageModel({ contextSize: 64 }));

test("the fake's seed and the last tokens of a prompt decide what it answers", async () => {
  const ask = async (seed: number, prompt: number[]) =>
    (await new FakeLanguageModel({ seed, memory: 2 }).nextLogProbs([prompt], [5, 6, 7]))[0];
  const answer = await ask(1, [1, 50, 60]);
  assert.deepEqual(await ask(1, [1, 50, 60]), answer);
  assert.deepEqual(await ask(1, [9, 9, 50, 60]), answer, "same last two tokens");
  assert.notDeepEqual(await ask(1, [1, 60, 50]), answer, "other order");
  assert.notDeepEqual(await ask(2, [1, 50, 60]), answer, "other seed");
});

test("the fake's script decides the distribution", async () => {
  const pieces = ["<s>", "</s>", "▁cat", "▁dog", "s"];
  const model = new FakeLanguageModel({
    pieces,
    // Odds of 3 to 1 for "dog" after "cat", everything else impossible.
    script: (prompt, logits) => {
      if (prompt.at(-1) !== 2) return;
      logits.fill(-Infinity);
      logits[3] = Math.log(3);
      logits[2] = 0;
    },
  });
  assert.deepEqual(await model.tokenize("cat dogs"), [2, 3, 4]);
  assert.equal(await model.detokenize([0, 2, 3, 4, 1]), "cat dogs");
  const [next] = await model.nextLogProbs([[0, 2]], [3, 2, 4]);
  assert.deepEqual(next, Float32Array.of(Math.log(0.75), Math.log(0.25), -Infinity));
  const [answer] = await model.generate([{ prompt: [0, 2], allowed: [null] }]);
  assert.deepEqual(answer?.tokens, [3]);
  await rejects(model.tokenize("cow"), "INVALID_ARGUMENT", "<unk>");
});

test("the fake samples in proportion to the probabilities, within the nucleus", async () => {
  const model = new FakeLanguageModel({
    pieces: ["<s>", "a", "b", "c"],
    script: (_, logits) => logits.set([-Infinity, Math.log(6), Math.log(3), 0]),
  });
  const share = async (temperature: number, topP: number) => {
    const seeds = Array.from({ length: 2000 }, (_, seed) => seed);
    const answers = await model.generate(
      seeds.map((seed) => ({
        prompt: [0],
        allowed: [null],
        sampling: { temperature, topP, seed },
      })),
    );
    return [1, 2, 3].map(
      (id) => answers.filter((each) => each.tokens[0] === id).length / seeds.length,
    );
  };
  const near = (actual: number[], expected: number[]) => {
    // Four standard deviations of a share of 2000 draws are at most 0.045.
    for (const [i, value] of actual.entries()) {
      assert.ok(Math.abs(value - (expected[i] as number)) < 0.045, `${actual}`);
    }
  };
  near(await share(1, 1), [0.6, 0.3, 0.1]);
  // Temperature 0.5 squares the odds: 36 to 9 to 1.
  near(await share(0.5, 1), [36 / 46, 9 / 46, 1 / 46]);
  // 0.6 does not reach 0.7, 0.9 does: the third is left out and 6 to 3 remain.
  near(await share(1, 0.7), [2 / 3, 1 / 3, 0]);
  assert.equal((await share(1, 0.7))[2], 0);
});

test("the fake keeps what it was asked", async () => {
  const model = new FakeLanguageModel();
  await model.nextLogProbs([[1, 5], [1]], [7]);
  await model.score([{ prefix: [1, 6], continuations: [[7]] }]);
  await model.generate([{ prompt: [1, 7], allowed: [[8]] }]);
  assert.deepEqual(model.calls, [
    { method: "nextLogProbs", prompts: [[1, 5], [1]] },
    { method: "score", prompts: [[1, 6]] },
    { method: "generate", prompts: [[1, 7]] },
  ]);
});
