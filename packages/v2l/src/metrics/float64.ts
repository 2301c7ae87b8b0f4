import { elements, expected, type TensorData, V2LError, type Weights } from "@v2l/nn";

/** Wraps float64 values without copying. */
export function fromFloat64(data: Float64Array, shape: readonly number[]): TensorData {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dtype: "float64", shape, bytes };
}

/** Float64 values under a name, copied. @throws V2LError CHECKPOINT_MISMATCH */
export function toFloat64(weights: Weights, name: string, shape: readonly number[]): Float64Array {
  const tensor = weights.get(name);
  if (tensor?.dtype !== "float64" || tensor.shape.join() !== shape.join()) {
    const received = tensor ? `${tensor.dtype} [${tensor.shape}]` : "nothing";
    const what = `float64 [${shape}]`;
    throw new V2LError("CHECKPOINT_MISMATCH", expected(what, name, received));
  }
  return new Float64Array(new Uint8Array(tensor.bytes).buffer, 0, elements(shape));
}
