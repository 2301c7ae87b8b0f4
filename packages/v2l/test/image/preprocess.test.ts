import assert from "node:assert/strict";
import { test } from "node:test";
import { readNpy, skipWithout } from "@v2l/testing";
import { clipInput, type Image, tokenizerInput, trainingInput } from "v2l";

const files = ["images.npy", "input.npy", "clip_input_image0.npy", "train_input_image0.npy"];
const options = { skip: skipWithout(...files) };
const PIXELS = 128 * 128 * 3;

function fixtureImage(n: number): Image {
  const images = readNpy("images.npy").data as Uint8Array;
  return { width: 128, height: 128, data: images.subarray(n * PIXELS, (n + 1) * PIXELS) };
}

test("the tokenizer's input equals the official evaluation path exactly", options, () => {
  const wanted = readNpy("input.npy").data as Float32Array;
  for (let n = 0; n < 4; n++) {
    const got = tokenizerInput(fixtureImage(n), 128, "official");
    assert.deepEqual(got, wanted.subarray(n * PIXELS, (n + 1) * PIXELS));
  }
});

test("CLIP's input equals the official transform exactly", options, () => {
  const got = clipInput(fixtureImage(0), 224);
  assert.deepEqual(got, readNpy("clip_input_image0.npy").data);
});

test("the training input equals the official training path exactly", options, () => {
  const got = trainingInput(fixtureImage(0), 128);
  assert.deepEqual(got, readNpy("train_input_image0.npy").data);
});

test("inputs are written where the caller wants them", () => {
  const image = { width: 1, height: 1, data: new Uint8Array([0, 255, 51]) };
  const batch = new Float32Array(2 * 3 * 4);
  tokenizerInput(image, 2, "demo", batch.subarray(12));
  // 51 / 127.5 - 1 = -0.6
  const expected = [-1, -1, -1, -1, 1, 1, 1, 1, -0.6, -0.6, -0.6, -0.6].map(Math.fround);
  assert.deepEqual([...batch], [...new Array(12).fill(0), ...expected]);
});
