import assert from "node:assert/strict";
import { test } from "node:test";
import { OFFICIAL_CLIP, OFFICIAL_TOKENIZER, readJson, skipWithout } from "@v2l/testing";
import {
  clipNetwork,
  discriminatorNetwork,
  isBookkeeping,
  lpipsNetwork,
  type ParamSpec,
  tokenizerNetwork,
} from "../src/index.js";

/** Sizes in section 1 of the conformance README. */
const tokenizer = tokenizerNetwork(OFFICIAL_TOKENIZER);

const clip = clipNetwork(OFFICIAL_CLIP);

function listing(params: readonly ParamSpec[]): string[] {
  return params.map(({ name, shape }) => `${name} [${shape}]`);
}

test("the networks declare exactly the names and shapes of the official checkpoint", {
  skip: skipWithout("checkpoint-keys.json"),
}, () => {
  const keys = readJson<Record<string, { shape: number[] }>>("checkpoint-keys.json");
  const official = Object.entries(keys)
    // The codebooks are files of their own.
    .filter(([name]) => !isBookkeeping(name) && !name.startsWith("tok_embeddings"))
    .map(([name, { shape }]) => `${name} [${shape}]`);
  const ours = [
    ...listing(tokenizer.params),
    ...listing(discriminatorNetwork().params),
    ...listing(lpipsNetwork().params),
    ...listing(clip.params).map((line) => line.replace(/^visual\./, "global_encoder.")),
  ];
  assert.deepEqual(ours.sort(), official.sort());
});

test("bookkeeping tensors of the official checkpoint are the batch counters and LPIPS constants", {
  skip: skipWithout("checkpoint-keys.json"),
}, () => {
  const keys = Object.keys(readJson<object>("checkpoint-keys.json")).filter(isBookkeeping);
  assert.deepEqual(keys.sort(), [
    "discriminator.main.3.num_batches_tracked",
    "discriminator.main.6.num_batches_tracked",
    "perceptual_loss.scaling_layer.scale",
    "perceptual_loss.scaling_layer.shift",
  ]);
});

test("the full-size network has the encoder and decoder of the paper's size", () => {
  // 26.5 M and 48.7 M parameters: measured on the official code (docs/architecture.md).
  const full = tokenizerNetwork({
    resolution: 256,
    ch: 128,
    chMult: [1, 2, 2, 4],
    numResBlocks: 2,
    attnResolutions: [16],
    zChannels: 256,
    embedDim: 768,
    normGroups: 32,
  });
  const millions = (prefix: string) =>
    full.params
      .filter(({ name }) => name.startsWith(prefix))
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0) / 1e6;
  assert.equal(millions("encoder.").toFixed(1), "26.5");
  assert.equal(millions("decoder.").toFixed(1), "48.7");
});
