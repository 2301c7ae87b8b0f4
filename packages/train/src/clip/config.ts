import { type ClipConfig, expected, V2LError } from "@v2l/nn";
import { mergeConfig, type Partially } from "../run/config.js";
import { DEMO_PIECES } from "../world/index.js";
import type { TextMix } from "./texts.js";

export interface ClipTrainConfig {
  readonly seed: number;
  readonly threads: number;
  /** libtorch's name: `cpu`, `cuda`, `cuda:1`. */
  readonly device: string;
  readonly model: ClipConfig;
  /** Number of different scenes of the demo world's train split. */
  readonly scenes: number;
  /** Relative frequency of scenes with one, two and three objects. */
  readonly objects: readonly [number, number, number];
  /** Show the model the first object alone, cut out of its scene. */
  readonly closeUp: boolean;
  /** A `clip.safetensors` to start from, also one trained on another image size; null: at random. */
  readonly init: string | null;
  /** Train the vision half alone: codebooks built from the text half stay valid. */
  readonly lockText: boolean;
  /** Strength of the random changes of light and colour, 0 (none) to 1. */
  readonly jitter: number;
  /** Strength of the random changes of shape, 0 (none) to 1. */
  readonly warp: number;
  /** Probability that a picture is a random square of its scene. */
  readonly crops: number;
  /** Probability that a picture keeps its colours: only of those texts tell colours. */
  readonly plain: number;
  readonly texts: TextMix;
  /** Texts about each picture. */
  readonly textsEach: number;
  /** Texts of a batch that are about no picture: words of the vocabulary that name nothing in the world. */
  readonly strangeTexts: number;
  /**
   * Weight of the cosine distance of texts to what they were at the start of the run, those about colours and
   * numbers excepted: codebooks built before stay close to what they would be.
   */
  readonly keepTexts: number;
  /** True pairs in the batch count as positives, also between different scenes; false: plain CLIP. */
  readonly multiPositive: boolean;
  /**
   * How much nearer to a picture texts shall be that are true of few others: of the texts that are true of it,
   * one gets a share in inverse proportion to this power of the number of pictures it is true of. 0: equal
   * shares; at 1, what an object is called comes before colours and numbers.
   */
  readonly rareFirst: number;
  readonly batch: number;
  readonly steps: number;
  readonly warmupSteps: number;
  readonly lr: number;
  readonly minLr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  /** On matrices only, not on biases, norms and the temperature. */
  readonly weightDecay: number;
  /** Folder where drawn scenes are kept between runs. */
  readonly cache: string;
  readonly checkpointEvery: number;
}

const DEFAULTS: ClipTrainConfig = {
  seed: 0,
  threads: 2,
  device: "cpu",
  model: {
    embedDim: 256,
    vision: { imageSize: 128, patchSize: 16, width: 192, layers: 6, heads: 6 },
    text: { contextLength: 48, vocabSize: DEMO_PIECES + 1, width: 128, layers: 2, heads: 4 },
  },
  scenes: 32_768,
  objects: [2, 1, 1],
  closeUp: false,
  init: null,
  lockText: false,
  jitter: 0,
  warp: 0,
  crops: 0,
  plain: 0,
  texts: { noun: 3, keyword: 2, template: 2, caption: 2, list: 1, color: 0, count: 0 },
  textsEach: 1,
  strangeTexts: 0,
  keepTexts: 0,
  multiPositive: true,
  rareFirst: 0,
  batch: 128,
  steps: 4000,
  warmupSteps: 100,
  lr: 1e-3,
  minLr: 1e-5,
  betas: [0.9, 0.98],
  eps: 1e-6,
  weightDecay: 0.05,
  cache: "cache",
  checkpointEvery: 200,
};

/**
 * The full configuration: the defaults with the given fields replaced.
 * @throws V2LError INVALID_ARGUMENT
 */
export function clipConfig(fields: Partially<ClipTrainConfig>): ClipTrainConfig {
  const config = mergeConfig(DEFAULTS, fields);
  const { vision, text } = config.model;
  if (vision.imageSize % vision.patchSize !== 0) {
    const what = `a divisor of ${vision.imageSize}`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "patchSize", vision.patchSize));
  }
  for (const [name, tower] of [
    ["vision", vision],
    ["text", text],
  ] as const) {
    if (tower !== null && tower.width % tower.heads !== 0) {
      const what = `a divisor of the width ${tower.width}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, `${name}.heads`, tower.heads));
    }
  }
  const [, two, three] = config.objects;
  if (config.closeUp && two + three > 0) {
    const what = "scenes with one object, [1, 0, 0], for close-ups";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "objects", config.objects));
  }
  return config;
}
