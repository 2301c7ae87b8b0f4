import { type TensorData, toFloat32 } from "@v2l/nn";

/** The values of a tensor in row-major order, at full precision. */
export function valuesOf(tensor: TensorData): number[] {
  const { buffer, byteOffset, byteLength } = tensor.bytes;
  if (tensor.dtype === "float64") return [...new Float64Array(buffer, byteOffset, byteLength / 8)];
  if (tensor.dtype === "int32") return [...new Int32Array(buffer, byteOffset, byteLength / 4)];
  return [...toFloat32(tensor)];
}
