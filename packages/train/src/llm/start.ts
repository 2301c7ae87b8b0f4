import {
  fromFloat32,
  initialize,
  type LlamaNetwork,
  type TensorData,
  toFloat32,
  type Weights,
} from "@v2l/nn";

/** Share of what a head attends to that it adds to the residual stream at first. */
const COPIED = 0.3;

/**
 * Where training begins: attention that looks for the token it stands on and copies what it finds.
 * Every query head starts as its key head, and the heads' outputs as their transposed values, so that both
 * products are near a multiple of the identity (after Trockman and Kolter, "Mimetic Initialization of
 * Self-Attention Layers", 2023, with the sign that copies). From here a model finds out that texts repeat
 * themselves in half the steps it takes from independent matrices.
 */
export function startWeights({ config, params }: LlamaNetwork, seed: number): Weights {
  const weights = new Map(initialize(params, seed));
  const { dim, heads, kvHeads = heads } = config;
  const shared = heads / kvHeads;
  const size = dim / heads;
  for (let layer = 0; layer < config.layers; layer++) {
    const name = (matrix: string) => `layers.${layer}.attention.${matrix}.weight`;
    const keys = matrixOf(weights, name("wk"));
    const values = matrixOf(weights, name("wv"));
    const queries = new Float32Array(dim * dim);
    const out = new Float32Array(dim * dim);
    for (let row = 0; row < dim; row++) {
      // The key of query `row`: neighbouring heads share keys and values.
      const head = Math.floor(row / size / shared);
      const from = (head * size + (row % size)) * dim;
      queries.set(keys.subarray(from, from + dim), row * dim);
      for (let i = 0; i < dim; i++) out[i * dim + row] = COPIED * (values[from + i] as number);
    }
    weights.set(name("wq"), fromFloat32(queries, [dim, dim]));
    weights.set(name("wo"), fromFloat32(out, [dim, dim]));
  }
  return weights;
}

function matrixOf(weights: Weights, name: string): Float32Array {
  return toFloat32(weights.get(name) as TensorData);
}
