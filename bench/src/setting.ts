import type { ClipConfig, VqganConfig } from "@v2l/nn";

/** What is measured: the sizes of networks and inputs. Both sides read it from the same file. */
export interface Setting {
  readonly name: string;
  readonly config: VqganConfig;
  readonly imageSize: number;
  /** Rows of the local and of the global codebook. */
  readonly localCodes: number;
  readonly globalCodes: number;
  /** Global words the decoder looks at. */
  readonly words: number;
  readonly clip: ClipConfig;
  /** Images per training step. */
  readonly trainBatch: number;
  readonly threads: number;
}

/** The official model at 128x128 pixels, with CLIP ViT-L/14. */
const OFFICIAL: Setting = {
  name: "official",
  config: {
    resolution: 256,
    ch: 128,
    chMult: [1, 1, 2, 4],
    numResBlocks: 2,
    attnResolutions: [16],
    zChannels: 256,
    embedDim: 768,
    normGroups: 32,
  },
  imageSize: 128,
  localCodes: 32_000,
  globalCodes: 11_908,
  words: 21,
  clip: {
    embedDim: 768,
    vision: { imageSize: 224, patchSize: 14, width: 1024, layers: 24, heads: 16 },
    text: null,
  },
  trainBatch: 2,
  threads: 2,
};

/** A model that runs in seconds, to see that everything works; its times mean nothing. */
const TINY: Setting = {
  ...OFFICIAL,
  name: "tiny",
  config: {
    ...OFFICIAL.config,
    resolution: 128,
    ch: 32,
    chMult: [1, 1, 2, 2],
    numResBlocks: 1,
    zChannels: 64,
  },
  localCodes: 512,
  globalCodes: 300,
  clip: {
    embedDim: 768,
    vision: { imageSize: 224, patchSize: 32, width: 64, layers: 2, heads: 2 },
    text: null,
  },
};

export const SETTINGS: Readonly<Record<string, Setting>> = { official: OFFICIAL, tiny: TINY };
