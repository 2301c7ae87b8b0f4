import { type TensorData, type TokenizerNetwork, tokenizerNetwork, type Weights } from "@v2l/nn";
import { fromData, keep, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import {
  clipScore,
  type Foundation,
  type Image,
  psnrY,
  ssim,
  type TokenUsage,
  toImage,
  tokenUsage,
} from "v2l";
import { ClipEmbedder } from "../clip/embedder.js";
import type { Dataset } from "../data/dataset.js";
import { tokenizerInputs } from "../data/pictures.js";
import { float32, Parameters } from "../run/parameters.js";
import type { TokenizerTrainConfig } from "../tokenizer/config.js";
import { globalEmbeddings } from "../tokenizer/global-embeddings.js";

/** What one arm's tokenizer does to held-out scenes, scene by scene. */
export interface ArmScores {
  /** On Y of YCbCr, decibel. */
  readonly psnr: readonly number[];
  readonly ssim: readonly number[];
  /** Cosine of CLIP's embeddings of a picture and of its reconstruction, times 100. */
  readonly clip: readonly number[];
  /** Of the local codebook over all scenes. */
  readonly usage: TokenUsage;
}

/** Scenes that go through the networks together. */
const BATCH = 16;

/**
 * Takes scenes apart and puts them together with a trained tokenizer.
 * @param codebook the local codebook [V,D] that it was trained with
 * @throws V2LError CHECKPOINT_MISMATCH where the weights are not those of the configuration
 */
export async function measureArm(
  config: TokenizerTrainConfig,
  weights: Weights,
  { clip, global }: Foundation,
  codebook: TensorData,
  scenes: Dataset,
): Promise<ArmScores> {
  const ops = new TorchOps(config.device);
  const network = tokenizerNetwork(config.model, config.parts);
  const parameters = new Parameters(ops, network.params, weights, false);
  const embedder = new ClipEmbedder(clip.config, clip.weights, config.device);
  const local = keep(fromData(float32(codebook)));
  const words = keep(fromData(float32(global.embedding)));
  const counts = new Float64Array(codebook.shape[0] as number);
  const { width } = embedder;
  const rowOf = (rows: Float32Array, i: number) => rows.subarray(i * width, (i + 1) * width);
  const scores = { psnr: [] as number[], ssim: [] as number[], clip: [] as number[] };
  try {
    for (let first = 0; first < scenes.length; first += BATCH) {
      const count = Math.min(BATCH, scenes.length - first);
      const images = await Promise.all(
        Array.from({ length: count }, (_, i) => scenes.item(first + i)),
      );
      const inputs = tokenizerInputs(images, config.imageSize, clip.preprocess);
      const features = embedder.images(images);
      const { pictures, tokens } = scope(() => {
        const side = config.imageSize;
        const embedded = tensor(features, [count, width]);
        const context = globalEmbeddings(ops, embedded, words, config.words);
        return reconstruct(
          network,
          parameters,
          local,
          tensor(inputs, [count, 3, side, side]),
          context,
        );
      });
      for (const token of tokens) counts[token] = (counts[token] as number) + 1;
      const originals = asImages(inputs, config.imageSize);
      const again = asImages(pictures, config.imageSize);
      const [before, after] = [embedder.images(originals), embedder.images(again)];
      originals.forEach((original, i) => {
        scores.psnr.push(psnrY(original, again[i] as Image));
        scores.ssim.push(ssim(original, again[i] as Image));
        scores.clip.push(clipScore(rowOf(before, i), rowOf(after, i)));
      });
    }
  } finally {
    for (const one of [parameters, embedder, local, words]) one.dispose();
  }
  return { ...scores, usage: tokenUsage(counts) };
}

function reconstruct(
  network: TokenizerNetwork,
  parameters: Parameters,
  codebook: Tensor,
  images: Tensor,
  context: Tensor,
): { pictures: Float32Array; tokens: number[] } {
  return noGrad(() => {
    const run = parameters.run(false);
    const features = network.encode(run, images);
    const found = network.quantize(run, features, network.projectCodebook(run, codebook));
    const pictures = network.decode(run, found.quantized, context).toFloat32Array();
    return { pictures, tokens: [...found.indices.toBigInt64Array()].map(Number) };
  });
}

/** Planes [N,3,S,S] in [-1,1] as pictures. */
function asImages(planes: Float32Array, side: number): Image[] {
  const length = 3 * side * side;
  return Array.from({ length: planes.length / length }, (_, n) => {
    return toImage(planes.subarray(n * length, (n + 1) * length), side, side);
  });
}
