import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeLanguageModel } from "@v2l/llm";
import { blindFrame, commonestTokens, copyingModel, framedPrompt } from "v2l";

const llm = new FakeLanguageModel();

test("the most frequent token of the examples is written, of equal ones the later", async () => {
  const frame = await blindFrame(llm);
  const examples = [
    { input: [40, 41, 42], output: [50, 60] },
    { input: [40, 41, 43], output: [51, 61] },
    { input: [40, 44, 42], output: [50, 62] },
  ];
  const copying = await copyingModel(llm);
  const prompt = framedPrompt(frame, examples, [40, 41, 42]);
  const [generated] = await copying.generate([{ prompt, allowed: [null, null] }]);
  // 50 twice; 60, 61 and 62 once each.
  assert.deepEqual(generated?.tokens, [50, 62]);
  assert.equal(llm.calls.length, 0);
});

test("without examples the last token read is repeated", async () => {
  const copying = await copyingModel(llm);
  const prompt = framedPrompt(await blindFrame(llm), [], [40, 41]);
  const [generated] = await copying.generate([{ prompt, allowed: [null, null] }]);
  assert.deepEqual(generated?.tokens, [41, 41]);
});

test("tokens that spell the frame do not mislead it", async () => {
  const frame = await blindFrame(llm);
  // Of this length the prompt would also divide into two examples that read nothing.
  const examples = [{ input: [...frame.output, 40], output: [50, 51] }];
  const copying = await copyingModel(llm);
  const prompt = framedPrompt(frame, examples, [...frame.output, 41]);
  const [generated] = await copying.generate([{ prompt, allowed: [null, null] }]);
  assert.deepEqual(generated?.tokens, [50, 51]);
});

test("the commonest of no lists is nothing", () => {
  assert.deepEqual(commonestTokens([]), []);
  assert.deepEqual(
    commonestTokens([
      [1, 2],
      [1, 3],
      [4, 3],
    ]),
    [1, 3],
  );
});
