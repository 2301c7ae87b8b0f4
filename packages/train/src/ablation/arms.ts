import { expected, V2LError } from "@v2l/nn";
import type { Partially } from "../run/config.js";
import type { TokenizerTrainConfig } from "../tokenizer/config.js";

/** One way to train the tokenizer: the small recipe with something changed. */
export interface Arm {
  readonly name: string;
  readonly fields: Partially<TokenizerTrainConfig>;
}

/** What all arms have in common. */
export interface AblationConfig {
  /** A bundle, or what `buildCodebooks` writes. */
  readonly foundation: string;
  readonly cache: string;
  /** Scenes that every arm trains on, several times over. */
  readonly pictures: number;
  /** Optimiser steps of each arm. */
  readonly steps: number;
  readonly seed: number;
  readonly threads: number;
}

const BATCH = 4;

/**
 * The demo's recipe at half its side: pictures of 64x64 pixels, 8x8 local tokens. The discriminator enters
 * at half of the steps, features are quantised after a tenth.
 * @param width of the foundation's embeddings
 */
export function smallRecipe(
  { foundation, cache, pictures, steps, seed, threads }: AblationConfig,
  width: number,
): Partially<TokenizerTrainConfig> {
  return {
    seed,
    threads,
    foundation,
    cache,
    data: { kind: "world", scenes: pictures, objects: [5, 3, 3] },
    imageSize: 64,
    model: {
      resolution: 64,
      ch: 16,
      chMult: [1, 1, 2, 4],
      numResBlocks: 1,
      attnResolutions: [],
      zChannels: 8,
      embedDim: width,
      normGroups: 4,
    },
    batch: BATCH,
    schedule: { lr: 3e-4, minLr: 1e-5, warmupEpochs: 0.02, epochs: (steps * BATCH) / pictures },
    betas: [0.9, 0.99],
    rateQ: 0.25,
    rateP: 0.1,
    rateD: 0,
    lockProjector: true,
    quantizeAfter: Math.round(steps / 10),
    discStart: Math.round(steps / 2),
    checkpointEvery: 200,
    sampleEvery: steps,
  };
}

/** The first arm is what the others are compared with; the second shows what chance alone changes. */
export const BASE = "base";

const PERCEPTUAL = { perceptual: { kind: "clip" } } as const;

/** @param seed of the base */
export function tokenizerArms(seed: number): readonly Arm[] {
  return [
    { name: BASE, fields: {} },
    { name: "another seed", fields: { seed: seed + 1 } },
    { name: "no cross attention", fields: { parts: { crossAttention: false } } },
    { name: "no projector", fields: { parts: { projector: false } } },
    { name: "no normalisation", fields: { parts: { normalize: false } } },
    { name: "random codebook", fields: { codebook: "random" } },
    { name: "random start", fields: { start: "random" } },
    { name: "perceptual term", fields: PERCEPTUAL },
    { name: "GAN term", fields: { rateD: 0.75 } },
    { name: "perceptual and GAN terms", fields: { ...PERCEPTUAL, rateD: 0.75 } },
  ];
}

/**
 * The arms of these names, in their usual order, and always the base.
 * @param names all where there is none
 * @throws V2LError INVALID_ARGUMENT for a name that is none of theirs
 */
export function chosenArms(arms: readonly Arm[], names: readonly string[]): readonly Arm[] {
  const known = arms.map(({ name }) => name);
  const other = names.find((name) => !known.includes(name));
  if (other !== undefined) {
    throw new V2LError("INVALID_ARGUMENT", expected(`one of ${known.join(", ")}`, "only", other));
  }
  if (names.length === 0) return arms;
  return arms.filter(({ name }) => name === BASE || names.includes(name));
}
