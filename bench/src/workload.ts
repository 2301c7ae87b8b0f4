import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  clipNetwork,
  discriminatorNetwork,
  elements,
  fromFloat32,
  initialize,
  lpipsNetwork,
  Random,
  type TensorData,
  tokenizerNetwork,
  type Weights,
} from "@v2l/nn";
import { readSafetensors, writeSafetensors } from "v2l";
import type { Part } from "./parts.js";
import type { Setting } from "./setting.js";

/** The files of a workload folder, each with what both sides read from it. */
export type WorkloadFile = "tokenizer" | "codebooks" | "inputs" | "clip" | "adversary";

const SEED = 1;

/** Writes random weights and inputs, the same for both sides, as far as `parts` need them. */
export async function writeWorkload(
  folder: string,
  setting: Setting,
  parts: readonly Part[],
): Promise<void> {
  await writeFile(join(folder, "setting.json"), JSON.stringify(setting));
  const write = (file: WorkloadFile, weights: Weights) =>
    writeSafetensors(join(folder, `${file}.safetensors`), weights);
  await write("codebooks", codebooks(setting));
  await write("inputs", inputs(setting));
  await write("tokenizer", initialize(tokenizerNetwork(setting.config).params, SEED));
  const needed = new Set(parts.map((part) => part.name));
  if (needed.has("clip") || needed.has("train-official")) {
    await write("clip", initialize(clipNetwork(setting.clip).params, SEED));
  }
  if (needed.has("train") || needed.has("train-official")) {
    const params = [...discriminatorNetwork().params, ...lpipsNetwork().params];
    await write("adversary", initialize(params, SEED));
  }
}

/** Tensors of one file of a workload. */
export async function readWorkload(folder: string, file: string): Promise<Map<string, TensorData>> {
  return (await readSafetensors(join(folder, `${file}.safetensors`))).weights;
}

/** Rows of length about 0.8, as means of unit CLIP embeddings have. */
function codebooks({ config, localCodes, globalCodes }: Setting): Weights {
  const std = 0.8 * config.embedDim ** -0.5;
  return new Map([
    ["local", normal([localCodes, config.embedDim], std, SEED + 1)],
    ["global", normal([globalCodes, config.embedDim], std, SEED + 2)],
  ]);
}

function inputs(setting: Setting): Weights {
  const { imageSize, config, localCodes, globalCodes, words, clip, trainBatch } = setting;
  const cells = (imageSize / 2 ** (config.chMult.length - 1)) ** 2;
  const side = clip.vision.imageSize;
  return new Map([
    ["image", normal([1, 3, imageSize, imageSize], 0.5, SEED + 3)],
    ["localIds", ids([1, cells], localCodes, SEED + 4)],
    ["globalIds", ids([1, words], globalCodes, SEED + 5)],
    ["pixels", normal([1, 3, side, side], 1, SEED + 6)],
    ["trainImages", normal([trainBatch, 3, imageSize, imageSize], 0.5, SEED + 7)],
    ["trainPixels", normal([trainBatch, 3, side, side], 1, SEED + 9)],
    ["trainFeatures", normal([trainBatch, config.embedDim], 1, SEED + 8)],
  ]);
}

function normal(shape: readonly number[], std: number, seed: number): TensorData {
  const random = new Random(seed);
  return filled(shape, () => std * random.normal());
}

/** Ids as float32, exact below 2^24: the one element type that both sides exchange. */
function ids(shape: readonly number[], limit: number, seed: number): TensorData {
  const random = new Random(seed);
  return filled(shape, () => Math.floor(random.uniform(0, limit)));
}

function filled(shape: readonly number[], next: () => number): TensorData {
  return fromFloat32(Float32Array.from({ length: elements(shape) }, next), shape);
}
