import {
  clipNetwork,
  discriminatorNetwork,
  initialize,
  toFloat16,
  tokenizerNetwork,
} from "@v2l/nn";
import { TINY_CLIP, TINY_TOKENIZER } from "@v2l/testing";
import type { BundleParts, Codebook } from "../src/index.js";

function codebook(rows: number): Codebook {
  const values = Float32Array.from({ length: rows * 8 }, (_, i) => (i % 17) / 16);
  return {
    embedding: toFloat16(values, [rows, 8]),
    vocabulary: Array.from({ length: rows }, (_, i) => `word ${i}`),
  };
}

/** The parts of a bundle of a few kilobytes with random weights. */
export function tinyParts(): BundleParts {
  return {
    name: "tiny",
    imageSize: 16,
    tokenizer: {
      config: TINY_TOKENIZER,
      weights: initialize(tokenizerNetwork(TINY_TOKENIZER).params, 1),
    },
    discriminator: initialize(discriminatorNetwork().params, 2),
    localCodebook: codebook(12),
    globalCodebook: codebook(7),
    globalWords: 3,
    clip: {
      config: TINY_CLIP,
      weights: initialize(clipNetwork(TINY_CLIP).params, 3),
      preprocess: "demo",
      textTokenizer: '{"version":"1.0"}',
      reference: "random",
    },
    llm: null,
    modelCard: "# Tiny\n",
  };
}
