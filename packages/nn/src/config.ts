/** Sizes of the VQ-GAN encoder and decoder, named as in the official configuration. */
export interface VqganConfig {
  /** Image size the attention resolutions refer to. Not a limit: the networks are convolutional. */
  readonly resolution: number;
  readonly ch: number;
  readonly chMult: readonly number[];
  readonly numResBlocks: number;
  readonly attnResolutions: readonly number[];
  readonly zChannels: number;
  /** Width of the codebook rows, and of the features compared with them. */
  readonly embedDim: number;
  /** Groups of every GroupNorm; 32 in the official code. */
  readonly normGroups: number;
}

/** One transformer tower of CLIP. `heads` divides `width`. */
export interface TowerConfig {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

export interface ClipVisionConfig extends TowerConfig {
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
}

export interface ClipTextConfig extends TowerConfig {
  readonly contextLength: number;
  readonly vocabSize: number;
}

/** Sizes of a CLIP. The official checkpoint carries the vision half only. */
export interface ClipConfig {
  /** Width of the joint space. */
  readonly embedDim: number;
  readonly vision: ClipVisionConfig;
  readonly text: ClipTextConfig | null;
}

/** Sizes and constants of a LLaMA network: RMSNorm, rotary positions, SwiGLU. */
export interface LlamaConfig {
  /** Width of the residual stream; a multiple of twice `heads`. */
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`; `heads` by default. */
  readonly kvHeads?: number;
  /** Width inside the feed-forward network. */
  readonly hidden: number;
  /** Added to the mean square in RMSNorm, for instance 1e-5. */
  readonly normEps: number;
  /** Base of the rotary frequencies; 10000 by default. */
  readonly ropeTheta?: number;
  /** Positions the model was trained on. */
  readonly contextSize: number;
  /** The output layer is the embedding table: there is no output tensor. False by default. */
  readonly tiedEmbeddings?: boolean;
}
