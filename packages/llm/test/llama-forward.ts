import { type TensorData, toFloat32 } from "@v2l/nn";
import type { LlamaConfig } from "../src/index.js";

/**
 * LLaMA from its definition, in float64 and without a cache, for comparison: RMSNorm, rotary positions
 * on neighbouring pairs, causal attention whose key heads are shared by groups of query heads, SwiGLU.
 * @param weights under official names
 * @returns logits of every position, [tokens, vocabulary]
 */
export function llamaForward(
  config: LlamaConfig,
  weights: ReadonlyMap<string, TensorData>,
  tokens: readonly number[],
): Float64Array[] {
  const tensor = (name: string) => toFloat32(weights.get(`${name}.weight`) as TensorData);
  const table = tensor("tok_embeddings");
  const { dim, layers, normEps } = config;
  let states: Float64Array[] = tokens.map((id) =>
    Float64Array.from(table.subarray(id * dim, (id + 1) * dim)),
  );
  for (let i = 0; i < layers; i++) {
    const layer = (name: string) => tensor(`layers.${i}.${name}`);
    const normed = states.map((x) => rmsNorm(x, layer("attention_norm"), normEps));
    const attended = attention(config, normed, layer);
    states = states.map((x, t) => add(x, attended[t] as Float64Array));
    const [w1, w2, w3, norm] = [
      layer("feed_forward.w1"),
      layer("feed_forward.w2"),
      layer("feed_forward.w3"),
      layer("ffn_norm"),
    ];
    states = states.map((x) => {
      const input = rmsNorm(x, norm, normEps);
      const up = multiply(w3, input);
      const gated = multiply(w1, input).map((g, j) => (g / (1 + Math.exp(-g))) * (up[j] as number));
      return add(x, multiply(w2, gated));
    });
  }
  const [norm, output] = [tensor("norm"), tensor("output")];
  return states.map((x) => multiply(output, rmsNorm(x, norm, normEps)));
}

/** Log-probabilities of logits. */
export function logSoftmax(logits: Float64Array): Float64Array {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - max), 0);
  return logits.map((logit) => logit - max - Math.log(sum));
}

function attention(
  { dim, heads, kvHeads = heads, ropeTheta = 10000 }: LlamaConfig,
  inputs: readonly Float64Array[],
  layer: (name: string) => Float32Array,
): Float64Array[] {
  const size = dim / heads;
  const [wq, wk, wv, wo] = [
    layer("attention.wq"),
    layer("attention.wk"),
    layer("attention.wv"),
    layer("attention.wo"),
  ];
  const queries = inputs.map((x, t) => rotate(multiply(wq, x), t, size, ropeTheta));
  const keys = inputs.map((x, t) => rotate(multiply(wk, x), t, size, ropeTheta));
  const values = inputs.map((x) => multiply(wv, x));
  return queries.map((query, t) => {
    const out = new Float64Array(dim);
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor((head * kvHeads) / heads) * size;
      const q = query.subarray(head * size, (head + 1) * size);
      const scores = keys.slice(0, t + 1).map((key) => {
        return dot(q, key.subarray(shared, shared + size)) / Math.sqrt(size);
      });
      const max = Math.max(...scores);
      const exponentials = scores.map((score) => Math.exp(score - max));
      const total = exponentials.reduce((sum, each) => sum + each, 0);
      exponentials.forEach((each, s) => {
        for (let i = 0; i < size; i++) {
          const value = (values[s] as Float64Array)[shared + i] as number;
          out[head * size + i] = (out[head * size + i] as number) + (each / total) * value;
        }
      });
    }
    return multiply(wo, out);
  });
}

/** Turns each pair (2i, 2i + 1) of each head by position / theta^(2i / size). */
function rotate(x: Float64Array, position: number, size: number, theta: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 2) {
    const angle = position * theta ** (-(i % size) / size);
    const [a, b] = [x[i] as number, x[i + 1] as number];
    out[i] = a * Math.cos(angle) - b * Math.sin(angle);
    out[i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
  }
  return out;
}

function rmsNorm(x: Float64Array, weight: Float32Array, eps: number): Float64Array {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + eps);
  return x.map((value, i) => value * scale * (weight[i] as number));
}

/** Matrix [rows, columns], row-major, times vector. */
function multiply(matrix: Float32Array, x: Float64Array): Float64Array {
  const columns = x.length;
  return Float64Array.from({ length: matrix.length / columns }, (_, row) => {
    return dot(matrix.subarray(row * columns, (row + 1) * columns), x);
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] as number));
}
