import { expected, type TokenizerOptions, V2LError, type VqganConfig } from "@v2l/nn";
import { mergeConfig, type Partially } from "../run/config.js";
import type { Schedule } from "../run/schedule.js";
import type { Start } from "./start.js";

/** Where the pictures come from. */
export interface DataConfig {
  /** `world`: the demo world. `folder`: every picture below `path`. */
  readonly kind: "world" | "folder";
  readonly path: string | null;
  /** Number of scenes of the demo world. */
  readonly scenes: number;
  /** Index of the first of them in the train split. */
  readonly first: number;
  /** Relative frequency of scenes with one, two and three objects. */
  readonly objects: readonly [number, number, number];
}

export interface PerceptualConfig {
  /** `lpips`: VGG16, as in the paper. `clip`: hidden states of the run's own CLIP. */
  readonly kind: "none" | "clip" | "lpips";
  /** `clip`: which hidden states; 0 is the input of the first block. */
  readonly layers: readonly number[];
  /** `lpips`: a file with torchvision's VGG16 weights (.pth or .safetensors). */
  readonly vgg: string | null;
  /** `lpips`: a file with the lpips package's linear layers. */
  readonly lins: string | null;
}

/**
 * Habits of the official code that change numbers. All are off by default; with all of them on a step
 * repeats the official one.
 */
export interface TokenizerQuirks {
  /** Run the discriminator (and move its running statistics) before `discStart`, for the log only. */
  readonly discriminatorBeforeStart: boolean;
  /**
   * Show the discriminator what the generator draws after its update, which takes another forward
   * pass. By default it sees the picture that the generator was just trained on.
   */
  readonly secondForward: boolean;
}

export interface OptimizationConfig {
  readonly schedule: Schedule;
  /** Adam's decay rates; (0.5, 0.9) in the official code. */
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly rateQ: number;
  readonly rateP: number;
  readonly rateD: number;
  /**
   * Decode the features themselves, without the codebook, for this many steps, then fit the projection
   * to them; 0, as in the official code: quantise from the start.
   */
  readonly quantizeAfter: number;
  /** The adversarial terms count after this step (strictly). */
  readonly discStart: number;
  readonly quirks: TokenizerQuirks;
}

export interface TokenizerTrainConfig extends OptimizationConfig {
  readonly seed: number;
  readonly threads: number;
  /** libtorch's name: `cpu`, `cuda`, `cuda:1`. */
  readonly device: string;
  readonly data: DataConfig;
  /** Folder with CLIP and codebooks: a bundle, or what `buildCodebooks` writes. */
  readonly foundation: string;
  /** `clip`: the foundation's rows. `random`: see `randomCodebook`. */
  readonly codebook: "clip" | "random";
  /** Folder of the cached CLIP features. */
  readonly cache: string;
  readonly imageSize: number;
  readonly model: VqganConfig;
  /** Parts of the network; a bundle can be made only of one that has them all. */
  readonly parts: Required<TokenizerOptions>;
  readonly start: Start;
  /** A `tokenizer.safetensors` to start from, of a run or a bundle; null: as `start` says. */
  readonly init: string | null;
  /**
   * Train the decoder alone, with what is between the codebook and it: pictures keep their tokens. For a decoder
   * that has to learn to read other global words.
   */
  readonly lockEncoder: boolean;
  /**
   * Keep the projector as it starts. Adam moves it at full speed however small its loss, towards the
   * codes already in use: over few steps that starves all others.
   */
  readonly lockProjector: boolean;
  /** Pictures per forward pass. */
  readonly batch: number;
  /** Forward passes per optimiser step. */
  readonly accumulate: number;
  /** Global words that the decoder attends to. */
  readonly words: number;
  readonly perceptual: PerceptualConfig;
  readonly checkpointEvery: number;
  readonly sampleEvery: number;
}

/** The paper's recipe where it says something: 100 epochs, batch 8 by 8, lr 4.5e-4. */
const DEFAULTS: TokenizerTrainConfig = {
  seed: 0,
  threads: 2,
  device: "cpu",
  data: { kind: "world", path: null, scenes: 8192, first: 0, objects: [1, 1, 1] },
  foundation: "foundation",
  codebook: "clip",
  cache: "cache",
  imageSize: 128,
  model: {
    resolution: 256,
    ch: 128,
    chMult: [1, 1, 2, 4],
    numResBlocks: 2,
    attnResolutions: [16],
    zChannels: 256,
    embedDim: 768,
    normGroups: 32,
  },
  parts: { normalize: true, crossAttention: true, projector: true },
  start: "fitted",
  init: null,
  lockEncoder: false,
  lockProjector: false,
  batch: 8,
  accumulate: 1,
  words: 21,
  perceptual: { kind: "none", layers: [1, 2, 3], vgg: null, lins: null },
  schedule: { lr: 4.5e-4, minLr: 0, warmupEpochs: 5, epochs: 100 },
  betas: [0.5, 0.9],
  eps: 1e-7,
  rateQ: 1,
  rateP: 0.1,
  rateD: 0.75,
  quantizeAfter: 0,
  discStart: 10_000,
  quirks: { discriminatorBeforeStart: false, secondForward: false },
  checkpointEvery: 500,
  sampleEvery: 500,
};

/**
 * The full configuration: the defaults with the given fields replaced.
 * @throws V2LError INVALID_ARGUMENT
 */
export function tokenizerConfig(fields: Partially<TokenizerTrainConfig>): TokenizerTrainConfig {
  const config = mergeConfig(DEFAULTS, fields);
  for (const name of ["batch", "accumulate", "words", "checkpointEvery", "threads"] as const) {
    requirePositive(name, config[name]);
  }
  const { perceptual, data } = config;
  if (perceptual.kind === "lpips" && (perceptual.vgg === null || perceptual.lins === null)) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("the files of VGG16 and of LPIPS's layers", "perceptual.vgg and .lins", null),
    );
  }
  if (data.kind === "folder" && data.path === null) {
    throw new V2LError("INVALID_ARGUMENT", expected("a folder of pictures", "data.path", null));
  }
  return config;
}

function requirePositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new V2LError("INVALID_ARGUMENT", expected("a whole number of at least 1", name, value));
  }
}
