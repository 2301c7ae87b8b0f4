import { type ClipConfig, clipNetwork, elements, fromFloat32, Random, toFloat32 } from "@v2l/nn";
import type { BundleParts, CodebookTexts, Image, ImageSet } from "../../src/index.js";

/** One id for each character; id 3 is a blank. */
const CHARACTERS = [..."▁abcdefghijklmnopqrstuvwxyz.-<>/0123456789ABCDEFSU"];
const PIECES = ["<unk>", "<s>", "</s>", ...CHARACTERS];
const EOT = PIECES.length;

export const TINY_CONFIG: ClipConfig = {
  embedDim: 6,
  vision: { imageSize: 16, patchSize: 8, width: 8, layers: 1, heads: 2 },
  text: { contextLength: 48, vocabSize: EOT + 1, width: 8, layers: 2, heads: 2 },
};

const tokenizer = {
  version: "1.0",
  added_tokens: [],
  normalizer: {
    type: "Sequence",
    normalizers: [
      { type: "Prepend", prepend: "▁" },
      { type: "Replace", pattern: { String: " " }, content: "▁" },
    ],
  },
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: {
    type: "BPE",
    unk_token: "<unk>",
    fuse_unk: false,
    byte_fallback: false,
    vocab: Object.fromEntries(PIECES.map((piece, id) => [piece, id])),
    merges: [],
  },
};

/** A CLIP of random weights that tells words and pictures apart, and reads character by character. */
export function tinyClip(seed = 1): BundleParts["clip"] {
  const random = new Random(seed);
  const weights = new Map(
    clipNetwork(TINY_CONFIG).params.map(({ name, shape }) => {
      const scale = /ln_.*weight$/.test(name) ? 1 : 0;
      const spread = name.includes("embedding") ? 1 : 0.4;
      const values = Float32Array.from({ length: elements(shape) }, () => {
        return scale + spread * random.normal();
      });
      return [name, fromFloat32(values, shape)] as const;
    }),
  );
  const textTokenizer = JSON.stringify(tokenizer);
  return { config: TINY_CONFIG, weights, preprocess: "demo", textTokenizer, reference: "tiny" };
}

/** Four tokens and 92 candidates. */
export const TEXTS: CodebookTexts = {
  llm: { reference: "fake", vocabularyHash: "0".repeat(64) },
  pieces: ["<s>", "▁dog", "dog", "▁in"],
  subwords: ["<s>", "dog", "dog", "in"],
  candidates: ["dog", "in", ...Array.from({ length: 90 }, (_, i) => `phrase ${i} of b${i * i}`)],
};

/** Small pictures of noise. */
export function noisePictures(count: number, seed = 1): ImageSet & { readonly loaded: number[] } {
  const loaded: number[] = [];
  return {
    id: `noise ${seed}`,
    length: count,
    loaded,
    item: async (index): Promise<Image> => {
      loaded.push(index);
      const random = new Random(1000 * seed + index);
      const data = Uint8Array.from({ length: 20 * 18 * 3 }, () => random.integer(256));
      return { width: 20, height: 18, data };
    },
  };
}

/**
 * The text feature by plain arithmetic in double precision, with the zeros behind the text that the
 * library leaves out: character ids, causal transformer, OpenAI's layout of weights.
 */
export function textFeature(clip: BundleParts["clip"], text: string): number[] {
  const { contextLength, width, layers, heads } = clip.config.text as NonNullable<
    ClipConfig["text"]
  >;
  const w = (name: string) => [...toFloat32(clip.weights.get(name) as never)];
  const pieces = [...`▁${text.replaceAll(" ", "▁")}`].slice(0, contextLength - 2);
  const ids = [1, ...pieces.map((piece) => Math.max(0, PIECES.indexOf(piece))), EOT];
  while (ids.length < contextLength) ids.push(0);
  const tokens = w("token_embedding.weight");
  const positions = w("positional_embedding");
  let x = ids.map((id, t) =>
    range(width).map((d) => at(tokens, id * width + d) + at(positions, t * width + d)),
  );
  for (const layer of range(layers)) {
    const p = `transformer.resblocks.${layer}.`;
    const normed = x.map((row) => norm(row, w(`${p}ln_1.weight`), w(`${p}ln_1.bias`)));
    const joined = normed.map((row) =>
      affine(row, w(`${p}attn.in_proj_weight`), w(`${p}attn.in_proj_bias`)),
    );
    const mixed = joined.map((row, t) => attention(joined, row, t, heads, width));
    x = x.map((row, t) =>
      plus(
        row,
        affine(mixed[t] as number[], w(`${p}attn.out_proj.weight`), w(`${p}attn.out_proj.bias`)),
      ),
    );
    x = x.map((row) => {
      const hidden = affine(
        norm(row, w(`${p}ln_2.weight`), w(`${p}ln_2.bias`)),
        w(`${p}mlp.c_fc.weight`),
        w(`${p}mlp.c_fc.bias`),
      ).map((h) => h / (1 + Math.exp(-1.702 * h)));
      return plus(row, affine(hidden, w(`${p}mlp.c_proj.weight`), w(`${p}mlp.c_proj.bias`)));
    });
  }
  const end = norm(x[ids.indexOf(EOT)] as number[], w("ln_final.weight"), w("ln_final.bias"));
  const projection = w("text_projection");
  const { embedDim } = clip.config;
  return range(embedDim).map((e) => sum(end.map((v, d) => v * at(projection, d * embedDim + e))));
}

/** What position `t` attends to: itself and those before it. */
function attention(
  all: number[][],
  row: number[],
  t: number,
  heads: number,
  width: number,
): number[] {
  const size = width / heads;
  return range(heads).flatMap((head) => {
    const part = (of: number[], which: number) =>
      of.slice(which * width + head * size, which * width + (head + 1) * size);
    const scores = all
      .slice(0, t + 1)
      .map((other) => dot(part(row, 0), part(other, 1)) / Math.sqrt(size));
    const total = sum(scores.map(Math.exp));
    return range(size).map((d) =>
      sum(scores.map((score, i) => (Math.exp(score) / total) * at(part(all[i] as number[], 2), d))),
    );
  });
}

function norm(row: number[], weight: number[], bias: number[]): number[] {
  const mean = sum(row) / row.length;
  const variance = sum(row.map((v) => (v - mean) ** 2)) / row.length;
  return row.map((v, d) => ((v - mean) / Math.sqrt(variance + 1e-5)) * at(weight, d) + at(bias, d));
}

function affine(row: number[], weight: number[], bias: number[]): number[] {
  return bias.map((b, o) => b + dot(row, weight.slice(o * row.length, (o + 1) * row.length)));
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return sum(Array.from(a, (v, i) => v * at(b, i)));
}

function plus(a: number[], b: number[]): number[] {
  return a.map((v, i) => v + at(b, i));
}

function sum(values: number[]): number {
  return values.reduce((total, v) => total + v, 0);
}

function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
