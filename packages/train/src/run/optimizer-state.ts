import { type TensorData, toFloat32, type Weights } from "@v2l/nn";
import type { Adam } from "@v2l/torch";
import { withoutPrefix } from "./checkpoint.js";

const STEP = ".step";

/** The moments and step counts of an optimiser as tensors, each name after `prefix`. */
export function optimizerWeights(optimizer: Adam, prefix: string): Map<string, TensorData> {
  const { steps, moments } = optimizer.state();
  const out = new Map<string, TensorData>();
  for (const [name, tensor] of moments) out.set(prefix + name, tensor);
  for (const [name, step] of Object.entries(steps)) {
    const bytes = new Uint8Array(Int32Array.of(step).buffer);
    out.set(prefix + name + STEP, { dtype: "int32", shape: [], bytes });
  }
  return out;
}

/** Puts back what {@link optimizerWeights} returned. */
export function restoreOptimizer(optimizer: Adam, weights: Weights, prefix: string): void {
  const own = withoutPrefix(weights, prefix);
  const steps: Record<string, number> = {};
  const moments = new Map<string, TensorData>();
  for (const [name, tensor] of own) {
    if (name.endsWith(STEP)) steps[name.slice(0, -STEP.length)] = toFloat32(tensor)[0] as number;
    else moments.set(name, tensor);
  }
  optimizer.load({ steps, moments });
}
