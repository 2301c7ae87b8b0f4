import { readLlamaWeights } from "@v2l/llm";
import {
  expected,
  fromFloat32,
  initialize,
  type LlamaNetwork,
  type TensorData,
  toFloat32,
  V2LError,
  type Weights,
} from "@v2l/nn";
import { readCheckpoint, withoutPrefix } from "../run/checkpoint.js";
import { grown } from "./grow.js";
import { MODEL_PREFIX } from "./trainee.js";

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

/**
 * The weights that a run's configuration tells to start from: an earlier run's checkpoint, or a GGUF file
 * in F32 or F16. Its network may be smaller, see {@link grown}.
 * @throws V2LError FILE_NOT_FOUND; RESUME_MISMATCH; INVALID_ARGUMENT; what `readLlamaWeights` throws
 */
export async function initialWeights(
  path: string,
  network: LlamaNetwork,
  seed: number,
): Promise<Weights> {
  const isGguf = path.endsWith(".gguf");
  const given = isGguf ? await readLlamaWeights(path) : (await readLlmCheckpoint(path)).weights;
  return grown(network.params, startWeights(network, seed), given);
}

/** Names the runs of this recipe. */
export const LLM_RECIPE = "llm";

/**
 * The network's weights in the checkpoint of a run, and the steps it has finished.
 * @throws V2LError FILE_NOT_FOUND, RESUME_MISMATCH where it is a checkpoint of another recipe
 */
export async function readLlmCheckpoint(path: string): Promise<{ step: number; weights: Weights }> {
  const checkpoint = await readCheckpoint(path, LLM_RECIPE);
  if (checkpoint === null) {
    throw new V2LError("FILE_NOT_FOUND", expected("a run's checkpoint", "path", path));
  }
  const { step, state } = checkpoint;
  return { step, weights: withoutPrefix(state, MODEL_PREFIX) };
}

function matrixOf(weights: Weights, name: string): Float32Array {
  return toFloat32(weights.get(name) as TensorData);
}
