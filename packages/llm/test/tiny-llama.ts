import { open } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fromFloat32, Random, type TensorData } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import {
  type GgufWeightType,
  type LlamaConfig,
  type LlamaVocabulary,
  TOKEN_KINDS,
  writeLlamaGguf,
} from "../src/index.js";

/** A LLaMA of a size that tests run in milliseconds; two heads share each key. */
export const TINY: LlamaConfig = {
  dim: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  hidden: 96,
  normEps: 1e-5,
  contextSize: 256,
};

const WORDS = ["▁a", "▁dog", "▁cat", "▁bird", "▁sees", "▁the", "▁red", "▁blue", "at", "do"];
const LETTERS = [..."▁abcdefghijklmnopqrstuvwxyz"];

/** Control entries, the 256 bytes, words, letters, and filling pieces up to `size`. */
export function tinyVocabulary(size = 320): LlamaVocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const named = ["<unk>", "<s>", "</s>", ...bytes, ...WORDS, ...LETTERS];
  const filling = Array.from({ length: size - named.length }, (_, i) => `▁word${i}`);
  const pieces = [...named, ...filling];
  const kinds = Uint8Array.from(pieces, (_, id) => {
    if (id === 0) return TOKEN_KINDS.unknown;
    if (id < 3) return TOKEN_KINDS.control;
    return id < 259 ? TOKEN_KINDS.byte : TOKEN_KINDS.normal;
  });
  return { pieces, kinds, scores: pieces.map((_, id) => -id), bos: 1, eos: 2, unknown: 0 };
}

/** Seeded random weights under official names, large enough that logits spread over several units. */
export function randomWeights(
  config: LlamaConfig,
  vocabularySize: number,
  seed = 1,
): Map<string, TensorData> {
  const { dim, hidden, layers, heads, kvHeads = heads } = config;
  const kvDim = (dim / heads) * kvHeads;
  const random = new Random(seed);
  const weights = new Map<string, TensorData>();
  const add = (name: string, shape: number[], mean: number, deviation: number) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size));
    for (let i = 0; i < data.length; i++) data[i] = mean + deviation * random.normal();
    weights.set(`${name}.weight`, fromFloat32(data, shape));
  };
  const matrix = (name: string, rows: number, columns: number) => {
    add(name, [rows, columns], 0, 1.5 / Math.sqrt(columns));
  };
  add("tok_embeddings", [vocabularySize, dim], 0, 1);
  for (let i = 0; i < layers; i++) {
    const layer = `layers.${i}`;
    add(`${layer}.attention_norm`, [dim], 1, 0.1);
    matrix(`${layer}.attention.wq`, dim, dim);
    matrix(`${layer}.attention.wk`, kvDim, dim);
    matrix(`${layer}.attention.wv`, kvDim, dim);
    matrix(`${layer}.attention.wo`, dim, dim);
    add(`${layer}.ffn_norm`, [dim], 1, 0.1);
    matrix(`${layer}.feed_forward.w1`, hidden, dim);
    matrix(`${layer}.feed_forward.w2`, dim, hidden);
    matrix(`${layer}.feed_forward.w3`, hidden, dim);
  }
  add("norm", [dim], 1, 0.1);
  matrix("output", vocabularySize, dim);
  return weights;
}

export interface TinyOptions {
  readonly config?: LlamaConfig;
  readonly type?: GgufWeightType;
  readonly vocabularySize?: number;
  /** Named tensors in place of random ones. */
  readonly tensors?: ReadonlyMap<string, TensorData>;
}

/** Writes the tiny model into a folder that lives as long as the test, and returns its path. */
export async function writeTinyGguf(t: TestContext, options: TinyOptions = {}): Promise<string> {
  const path = join(temporaryFolder(t), "tiny.gguf");
  await writeTinyGgufTo(path, options);
  return path;
}

/** {@link writeTinyGguf} to a path of the caller's choice. */
export async function writeTinyGgufTo(path: string, options: TinyOptions = {}): Promise<void> {
  const { config = TINY, type = "F32", vocabularySize = 320 } = options;
  const vocabulary = tinyVocabulary(vocabularySize);
  const tensors = options.tensors ?? randomWeights(config, vocabularySize);
  const file = await open(path, "wx");
  try {
    await writeLlamaGguf(file, { name: "tiny", config, vocabulary, tensors, type });
  } finally {
    await file.close();
  }
}
