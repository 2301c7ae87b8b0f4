import { clipNetwork, lpipsNetwork, type TensorData } from "@v2l/nn";
import { setThreads, type Tensor, TorchOps } from "@v2l/torch";
import {
  clipDigest,
  type Foundation,
  openFoundation,
  Prefetcher,
  readLpipsWeights,
  readSafetensors,
  writeSafetensors,
} from "v2l";
import { ClipEmbedder } from "../clip/embedder.js";
import type { Dataset } from "../data/dataset.js";
import { FeatureCache } from "../data/feature-cache.js";
import { cacheFeatures } from "../data/features.js";
import { openPictures, tokenizerInputs } from "../data/pictures.js";
import type { Partially } from "../run/config.js";
import type { TrainOptions } from "../run/events.js";
import { openRun, trainLoop } from "../run/loop.js";
import { DataOrder } from "../run/order.js";
import { Parameters } from "../run/parameters.js";
import { versions } from "../run/versions.js";
import { type TokenizerTrainConfig, tokenizerConfig } from "./config.js";
import { clipLoss, lpipsLoss, type PerceptualLoss } from "./perceptual.js";
import { randomCodebook } from "./random-codebook.js";
import { type PictureBatch, TokenizerTrainee } from "./trainee.js";

/** Optimiser steps prepared ahead. */
const AHEAD = 2;
/** Pictures that the start is fitted to. */
const EXAMPLES = 64;

/** The weights of a finished run, beside its checkpoint: official names, float32. */
export const TOKENIZER_WEIGHTS = "tokenizer.safetensors";
export const DISCRIMINATOR_WEIGHTS = "discriminator.safetensors";

/**
 * Trains a tokenizer on a folder of pictures or on the demo world, by the paper's losses. Writes
 * `tokenizer.safetensors` and `discriminator.safetensors` into the run folder when it ends, also early.
 * @param fields what differs from the paper's recipe
 * @returns finished steps
 * @throws V2LError INVALID_ARGUMENT, FILE_NOT_FOUND, RESUME_MISMATCH; TorchError where libtorch is missing
 */
export async function trainTokenizer(
  fields: Partially<TokenizerTrainConfig>,
  options: TrainOptions,
): Promise<number> {
  const config = tokenizerConfig(fields);
  const foundation = await openFoundation(config.foundation);
  const pictures = await openPictures(config.data, config.cache);
  const loopOptions = { ...options, recipe: "tokenizer", config, versions: versions() };
  const folder = openRun(loopOptions);
  setThreads(config.threads);
  const features = await prepareFeatures(pictures, foundation, config, options);
  const source = new PictureSource(pictures, features, config, foundation.clip.preprocess);
  const stepsPerEpoch = pictures.length / (config.batch * config.accumulate);
  const steps = Math.round(config.schedule.epochs * stepsPerEpoch);
  const ops = new TorchOps(config.device);
  const perceptual = await perceptualTerm(ops, config, foundation);
  const frozen = {
    ops,
    localCodebook: localCodebook(config, foundation),
    globalCodebook: foundation.global.embedding,
    perceptual: perceptual?.loss ?? null,
  };
  const trainee = new TokenizerTrainee(
    config,
    frozen,
    new Prefetcher((step) => source.batches(step), AHEAD, steps),
    stepsPerEpoch,
    await source.batch(Array.from({ length: Math.min(EXAMPLES, pictures.length) }, (_, i) => i)),
    config.init === null ? null : (await readSafetensors(config.init)).weights,
  );
  try {
    const done = await trainLoop(folder, trainee, { ...config, steps }, loopOptions);
    await writeSafetensors(folder.path(TOKENIZER_WEIGHTS), trainee.weights());
    await writeSafetensors(folder.path(DISCRIMINATOR_WEIGHTS), trainee.discriminatorWeights());
    return done;
  } finally {
    trainee.dispose();
    perceptual?.weights.dispose();
    features.dispose();
  }
}

/** The codebook that features are quantised by. */
export function localCodebook(
  { codebook, seed }: TokenizerTrainConfig,
  { local }: Foundation,
): TensorData {
  return codebook === "clip" ? local.embedding : randomCodebook(local.embedding, seed);
}

async function prepareFeatures(
  pictures: Dataset,
  { clip }: Foundation,
  { cache, device }: TokenizerTrainConfig,
  options: TrainOptions,
): Promise<FeatureCache> {
  const embedder = new ClipEmbedder(clip.config, clip.weights, device);
  try {
    return await cacheFeatures(pictures, embedder, cache, clipDigest(clip, "image"), options);
  } finally {
    embedder.dispose();
  }
}

/** Reads pictures and their cached features, in the order of the run. */
class PictureSource {
  private readonly order: DataOrder;

  constructor(
    private readonly pictures: Dataset,
    private readonly features: FeatureCache,
    private readonly config: TokenizerTrainConfig,
    private readonly preprocess: "official" | "demo",
  ) {
    this.order = new DataOrder(pictures.length, config.seed);
  }

  async batches(step: number): Promise<PictureBatch[]> {
    const { batch, accumulate } = this.config;
    const items = this.order.batch(step, batch * accumulate);
    return Promise.all(
      Array.from({ length: accumulate }, (_, i) =>
        this.batch(items.slice(i * batch, (i + 1) * batch)),
      ),
    );
  }

  async batch(items: readonly number[]): Promise<PictureBatch> {
    const images = await Promise.all(items.map((item) => this.pictures.item(item)));
    const { width } = this.features;
    const features = new Float32Array(images.length * width);
    images.forEach((image, i) => {
      this.features.read(FeatureCache.key(image), features, i * width);
    });
    return {
      images: tokenizerInputs(images, this.config.imageSize, this.preprocess),
      features,
    };
  }
}

interface PerceptualTerm {
  readonly loss: PerceptualLoss<Tensor>;
  readonly weights: Parameters;
}

async function perceptualTerm(
  ops: TorchOps,
  { perceptual, imageSize }: TokenizerTrainConfig,
  { clip }: Foundation,
): Promise<PerceptualTerm | null> {
  if (perceptual.kind === "none") return null;
  if (perceptual.kind === "clip") {
    const network = clipNetwork(clip.config);
    const weights = new Parameters(ops, network.params, clip.weights, false);
    return { weights, loss: clipLoss(weights.run(false), network, perceptual.layers, imageSize) };
  }
  const network = lpipsNetwork();
  const files = { vgg16: perceptual.vgg as string, lpips: perceptual.lins as string };
  const weights = new Parameters(ops, network.params, await readLpipsWeights(files), false);
  return { weights, loss: lpipsLoss(weights.run(false), network) };
}
