import type { LlamaConfig } from "@v2l/nn";
import { mergeConfig, type Partially } from "../run/config.js";
import { WORDNET_FOLDER } from "../world/index.js";
import type { CorpusMix } from "./corpus/corpus.js";

export interface LlmTrainConfig {
  readonly seed: number;
  readonly threads: number;
  /** libtorch's name: `cpu`, `cuda`, `cuda:1`. */
  readonly device: string;
  /** What the network computes in. Weights and optimiser stay in float32 whatever it is. */
  readonly precision: "float32" | "bfloat16";
  readonly model: Required<LlamaConfig>;
  /**
   * Weights of the same model or of a smaller one to start from, the checkpoint of an earlier run or a GGUF file in
   * F32 or F16; null: at random.
   */
  readonly init: string | null;
  /** How often each kind of text is drawn; the numbers are relative. */
  readonly mix: CorpusMix;
  /** The mix at first; it becomes `mix` while texts grow. */
  readonly firstMix: CorpusMix;
  /** Steps in which texts stay short: growth 0 of the corpus. */
  readonly shortSteps: number;
  /** Steps after those in which they grow to their full length. */
  readonly growthSteps: number;
  /** Folder of WordNet's files; null: no glosses, the other kinds take their share. */
  readonly wordnet: string | null;
  /**
   * Share of the documents with answers in which all tokens count, not the answers alone. Most of such
   * a document is random words, about which there is nothing to learn.
   */
  readonly wholeShare: number;
  /** Least tokens of a step; the last document goes in whole. */
  readonly batchTokens: number;
  /** Most tokens, padding included, that the network reads at a time. It changes no result. */
  readonly chunkTokens: number;
  readonly steps: number;
  readonly warmupSteps: number;
  readonly lr: number;
  readonly minLr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** On matrices only, not on norms. */
  readonly weightDecay: number;
  /** Largest L2 norm of the gradient. */
  readonly clip: number;
  /** Measure held-out loss and in-context accuracy every this many steps, and at the end; 0: never. */
  readonly evaluateEvery: number;
  readonly evaluation: EvaluationConfig;
  readonly checkpointEvery: number;
}

export interface EvaluationConfig {
  /** Held-out documents of every kind of text. */
  readonly documents: number;
  /** Held-out episodes of every setting. */
  readonly episodes: number;
}

const DEFAULTS: LlmTrainConfig = {
  seed: 0,
  threads: 1,
  device: "cpu",
  precision: "float32",
  model: {
    dim: 128,
    layers: 4,
    heads: 4,
    kvHeads: 4,
    hidden: 352,
    normEps: 1e-5,
    ropeTheta: 10_000,
    contextSize: 1536,
    tiedEmbeddings: true,
  },
  init: null,
  mix: {
    scenes: 2,
    facts: 1,
    glosses: 1,
    phrases: 1,
    lists: 1,
    copies: 1,
    fewShot: 6,
    captions: 3,
    answers: 3,
    repairs: 2,
  },
  firstMix: {
    scenes: 0.5,
    facts: 0.5,
    glosses: 0.5,
    phrases: 0.5,
    lists: 0.5,
    copies: 8,
    fewShot: 6,
    captions: 1,
    answers: 1,
    repairs: 1,
  },
  shortSteps: 800,
  growthSteps: 3000,
  wordnet: WORDNET_FOLDER,
  wholeShare: 0.15,
  batchTokens: 8192,
  chunkTokens: 1024,
  steps: 3000,
  warmupSteps: 100,
  lr: 2e-3,
  minLr: 5e-5,
  betas: [0.9, 0.98],
  eps: 1e-8,
  weightDecay: 0.05,
  clip: 1,
  evaluateEvery: 200,
  evaluation: { documents: 24, episodes: 64 },
  checkpointEvery: 100,
};

/**
 * The full configuration: the defaults with the given fields replaced.
 * @throws V2LError INVALID_ARGUMENT
 */
export function llmConfig(fields: Partially<LlmTrainConfig>): LlmTrainConfig {
  return mergeConfig(DEFAULTS, fields);
}
