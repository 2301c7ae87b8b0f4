import {
  discriminatorNetwork,
  initialize,
  type TensorData,
  tokenizerNetwork,
  type Weights,
} from "@v2l/nn";
import { fromData, keep, noGrad, scope, type Tensor, type TorchOps, tensor } from "@v2l/torch";
import { savePng } from "v2l";
import { withoutPrefix } from "../run/checkpoint.js";
import type { LogRecord } from "../run/events.js";
import type { Trainee } from "../run/loop.js";
import { optimizerWeights, restoreOptimizer } from "../run/optimizer-state.js";
import { float32, Parameters } from "../run/parameters.js";
import { learningRate } from "../run/schedule.js";
import { CodebookUsage } from "./codebook-usage.js";
import type { TokenizerTrainConfig } from "./config.js";
import { globalEmbeddings } from "./global-embeddings.js";
import type { PerceptualLoss } from "./perceptual.js";
import { sampleSheet } from "./sample-sheet.js";
import { startingWeights } from "./start.js";
import { type TokenizerBatch, type TokenizerLosses, TokenizerStep } from "./step.js";

/** Pictures and CLIP's features of them, one forward pass worth. */
export interface PictureBatch {
  /** [N,3,S,S] in [-1,1]. */
  readonly images: Float32Array;
  /** CLIP's image embeddings [N,D]. */
  readonly features: Float32Array;
}

/** Where batches come from: those of one optimiser step, a function of it. */
export interface PictureBatches {
  get(step: number): Promise<readonly PictureBatch[]>;
}

export interface FrozenParts {
  readonly ops: TorchOps;
  /** [V,D] */
  readonly localCodebook: TensorData;
  /** [G,D] */
  readonly globalCodebook: TensorData;
  readonly perceptual: PerceptualLoss<Tensor> | null;
}

/** Pictures on a sample sheet. */
const SAMPLED = 8;
/** Pictures that the projection is fitted to, see `quantizeAfter`; as many more as make a step. */
const FITTED = 512;

/** What is before the codebook's rows reach the decoder. */
const ENCODER = /^(encoder|quant_conv|codebook_projection)\./;

function isTrained(name: string, { lockProjector, lockEncoder }: TokenizerTrainConfig): boolean {
  if (lockEncoder && ENCODER.test(name)) return false;
  return !(lockProjector && name.startsWith("codebook_projection."));
}

/** A tokenizer in training, with its discriminator. */
export class TokenizerTrainee implements Trainee {
  private readonly model;
  private readonly globalCodebook: Tensor;
  private readonly optimization: TokenizerStep;
  private readonly usage: CodebookUsage;

  /** @param stepsPerEpoch optimiser steps in which every picture is seen once */
  constructor(
    private readonly config: TokenizerTrainConfig,
    frozen: FrozenParts,
    private readonly batches: PictureBatches,
    private readonly stepsPerEpoch: number,
    /** Pictures that the start is fitted to; samples show the first {@link SAMPLED}. */
    private readonly examples: PictureBatch,
    /** Weights to start from; null: as the configuration says. */
    initial: Weights | null = null,
  ) {
    const { ops } = frozen;
    const network = tokenizerNetwork(config.model, config.parts);
    const discriminator = discriminatorNetwork();
    const device = { device: ops.device };
    this.globalCodebook = keep(fromData(float32(frozen.globalCodebook), device));
    const start =
      initial ??
      scope(() => {
        const { images, words } = toDevice(examples, ops, config, this.globalCodebook);
        const data = {
          local: frozen.localCodebook,
          words: words.toData(),
          images: images.toData(),
        };
        return startingWeights(network, config.seed, config.start, data);
      });
    this.model = {
      ops,
      network,
      weights: new Parameters(ops, network.params, start, (name) => isTrained(name, config)),
      discriminator,
      discriminatorWeights: new Parameters(
        ops,
        discriminator.params,
        initialize(discriminator.params, config.seed),
        true,
      ),
      codebook: keep(fromData(float32(frozen.localCodebook), device)),
      perceptual: frozen.perceptual,
    };
    this.optimization = new TokenizerStep(this.model, config);
    this.usage = new CodebookUsage(frozen.localCodebook.shape[0] as number);
  }

  async step(step: number): Promise<LogRecord> {
    if (step > 0 && step === this.config.quantizeAfter) await this.fitProjection(step);
    const batches = await this.batches.get(step);
    const epoch = step / this.stepsPerEpoch;
    const lr = learningRate(this.config.schedule, epoch);
    const losses = scope(() => {
      const onDevice = batches.map((batch) => this.toDevice(batch));
      return this.optimization.step(step, lr, onDevice);
    });
    return { ...this.record(losses), epoch, lr };
  }

  /** The tokenizer's own tensors, under their checkpoint names. */
  weights(): Weights {
    return this.model.weights.weights();
  }

  /** The discriminator's tensors, under their checkpoint names. */
  discriminatorWeights(): Weights {
    return this.model.discriminatorWeights.weights();
  }

  state(): Weights {
    const { generatorAdam, discriminatorAdam } = this.optimization;
    return new Map([
      ...this.model.weights.weights("model."),
      ...this.model.discriminatorWeights.weights("model."),
      ...optimizerWeights(generatorAdam, "adam.generator."),
      ...optimizerWeights(discriminatorAdam, "adam.discriminator."),
      ["usage", this.usage.state()],
    ]);
  }

  restore(state: Weights): void {
    const { weights, discriminatorWeights } = this.model;
    weights.load(without(state, "model.", (name) => !name.startsWith("discriminator.")));
    discriminatorWeights.load(
      without(state, "model.", (name) => name.startsWith("discriminator.")),
    );
    restoreOptimizer(this.optimization.generatorAdam, state, "adam.generator.");
    restoreOptimizer(this.optimization.discriminatorAdam, state, "adam.discriminator.");
    this.usage.restore(state.get("usage") as TensorData);
  }

  /** Writes originals above their reconstructions. */
  async sample(path: string): Promise<void> {
    const sampled = firstPictures(this.examples, SAMPLED, this.config.imageSize);
    const reconstructions = noGrad(() =>
      scope(() => {
        return this.optimization.reconstruct(this.toDevice(sampled)).toFloat32Array();
      }),
    );
    await savePng(path, sampleSheet(sampled.images, reconstructions, this.config.imageSize));
  }

  dispose(): void {
    const { weights, discriminatorWeights, codebook } = this.model;
    this.optimization.dispose();
    weights.dispose();
    discriminatorWeights.dispose();
    codebook.dispose();
    this.globalCodebook.dispose();
  }

  /** Fits the projection to the features of the pictures of the latest steps. */
  private async fitProjection(step: number): Promise<void> {
    const pictures: PictureBatch[] = [];
    const steps = Math.ceil(FITTED / (this.config.batch * this.config.accumulate));
    for (let past = Math.max(0, step - steps); past < step; past++) {
      pictures.push(...(await this.batches.get(past)));
    }
    scope(() => {
      const images = pictures.map((batch) => this.toDevice(batch).images);
      this.optimization.fitProjection(images, this.config.seed);
    });
  }

  private toDevice(batch: PictureBatch): TokenizerBatch {
    return toDevice(batch, this.model.ops, this.config, this.globalCodebook);
  }

  private record(losses: TokenizerLosses): LogRecord {
    const { loss, rec, q, p, g, dWeight, d, gradients, tokens } = losses;
    const norms = Object.entries(gradients).map(([name, norm]) => [`gradient_${name}`, norm]);
    return {
      loss,
      rec,
      q,
      p,
      g,
      d_weight: dWeight,
      d,
      discriminator: d !== null,
      ...(tokens.length > 0 ? this.usage.update(tokens) : {}),
      ...Object.fromEntries(norms),
    };
  }
}

function without(state: Weights, prefix: string, select: (name: string) => boolean): Weights {
  return new Map([...withoutPrefix(state, prefix)].filter(([name]) => select(name)));
}

function toDevice(
  { images, features }: PictureBatch,
  ops: TorchOps,
  { imageSize, words }: TokenizerTrainConfig,
  globalCodebook: Tensor,
): TokenizerBatch {
  const count = images.length / (3 * imageSize * imageSize);
  const device = { device: ops.device };
  const embedded = tensor(features, [count, features.length / count], device);
  return {
    images: tensor(images, [count, 3, imageSize, imageSize], device),
    words: globalEmbeddings(ops, embedded, globalCodebook, words),
  };
}

function firstPictures({ images, features }: PictureBatch, most: number, side: number) {
  const count = images.length / (3 * side * side);
  const first = (values: Float32Array) =>
    values.subarray(0, (values.length / count) * Math.min(most, count));
  return { images: first(images), features: first(features) };
}
