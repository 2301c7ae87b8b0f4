import type { Run, Weights } from "@v2l/nn";
import { buildGraph, OnnxSession, type OnnxTensor, type Value } from "../src/index.js";

/** A float32 tensor with the given values. */
export function tensor(shape: readonly number[], values: ArrayLike<number>): OnnxTensor {
  return { data: Float32Array.from(values), shape };
}

/** A tensor of deterministic values in [-1,1] without a pattern. */
export function wave(shape: readonly number[], phase = 0): OnnxTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return tensor(
    shape,
    Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + phase)),
  );
}

/** Builds a graph of the inputs, with an unknown batch size where their first size is one of many. */
export async function runGraph(
  inputs: Readonly<Record<string, OnnxTensor>>,
  build: (run: Run<Value>, inputs: Readonly<Record<string, Value>>) => Record<string, Value>,
  options: { readonly weights?: Weights; readonly dynamic?: readonly string[] } = {},
): Promise<Record<string, OnnxTensor>> {
  const { weights = new Map(), dynamic = [] } = options;
  const declared = Object.entries(inputs).map(([name, { data, shape }]) => ({
    name,
    dtype: data instanceof Float32Array ? ("float32" as const) : ("int64" as const),
    shape: dynamic.includes(name) ? [-1, ...shape.slice(1)] : shape,
  }));
  using session = await OnnxSession.create(
    buildGraph({ name: "test", inputs: declared, build }, weights),
    { threads: 1 },
  );
  return session.run(inputs);
}
