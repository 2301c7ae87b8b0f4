import {
  type ClipConfig,
  clipNetwork,
  discriminatorNetwork,
  initialize,
  toFloat16,
  tokenizerNetwork,
  type VqganConfig,
} from "@v2l/nn";
import type { BundleParts, Codebook } from "../src/index.js";

const config: VqganConfig = {
  resolution: 16,
  ch: 4,
  chMult: [1, 2],
  numResBlocks: 1,
  attnResolutions: [],
  zChannels: 4,
  embedDim: 8,
  normGroups: 2,
};

const clip: ClipConfig = {
  embedDim: 8,
  vision: { imageSize: 16, patchSize: 8, width: 8, layers: 1, heads: 2 },
  text: null,
};

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
    tokenizer: { config, weights: initialize(tokenizerNetwork(config).params, 1) },
    discriminator: initialize(discriminatorNetwork().params, 2),
    localCodebook: codebook(12),
    globalCodebook: codebook(7),
    globalWords: 3,
    clip: {
      config: clip,
      weights: initialize(clipNetwork(clip).params, 3),
      preprocess: "demo",
      textTokenizer: '{"version":"1.0"}',
      reference: "random",
    },
    llm: null,
    modelCard: "# Tiny\n",
  };
}
