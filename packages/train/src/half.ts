import { toFloat16, toFloat32, type Weights } from "@v2l/nn";

/** The same tensors in half precision. */
export function halved(weights: Weights): Weights {
  return new Map(
    [...weights].map(([name, tensor]) => [name, toFloat16(toFloat32(tensor), tensor.shape)]),
  );
}
