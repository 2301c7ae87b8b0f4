import assert from "node:assert/strict";
import { test } from "node:test";
import { V2LError } from "@v2l/nn";
import { clipMarkers, clipTextIds, llamaMarkers, OPENAI_MARKERS } from "../src/index.js";

test("OpenAI's row: start of text, pieces, end of text, zeros", () => {
  // openai/CLIP: tokenize("a photo of a cat") = 49406, 320, 1125, 539, 320, 2368, 49407, 0 ...
  const row = clipTextIds([320, 1125, 539, 320, 2368], 77, clipMarkers(49408));
  assert.equal(row.length, 77);
  assert.deepEqual(row.slice(0, 8), [49406, 320, 1125, 539, 320, 2368, 49407, 0]);
  assert.ok(row.slice(7).every((id) => id === 0));
});

test("the demo's row begins with <s> and ends one beyond the vocabulary", () => {
  assert.deepEqual(clipMarkers(4097), llamaMarkers(4096));
  assert.deepEqual(clipTextIds([300, 17], 5, llamaMarkers(4096)), [1, 300, 17, 4096, 0]);
});

test("a text that is too long loses its end and keeps the end marker", () => {
  assert.deepEqual(clipTextIds([5, 6, 7], 4, llamaMarkers(10)), [1, 5, 6, 10]);
  assert.deepEqual(clipTextIds([5, 6], 4, llamaMarkers(10)), [1, 5, 6, 10]);
});

test("an empty text is the two markers", () => {
  assert.deepEqual(clipTextIds([], 3, OPENAI_MARKERS), [49406, 49407, 0]);
});

test("ids that are markers or no pieces, and rows without room, are refused", () => {
  const refused = (error: unknown) =>
    error instanceof V2LError && error.code === "INVALID_ARGUMENT";
  for (const id of [-1, 1.5, 1, 10, 11]) {
    assert.throws(() => clipTextIds([id], 4, llamaMarkers(10)), refused, `${id}`);
  }
  assert.throws(() => clipTextIds([], 1, llamaMarkers(10)), refused);
});
