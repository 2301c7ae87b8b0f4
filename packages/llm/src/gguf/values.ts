import type { FileHandle } from "node:fs/promises";
import { toFloat16 } from "@v2l/nn";
import { toQ8 } from "./quantize.js";

/** The element types that are written. */
export const WEIGHT_TYPES = ["F32", "F16", "Q8_0"] as const;

/** How matrices are stored. Norms are always F32. */
export type GgufWeightType = (typeof WEIGHT_TYPES)[number];

/** The bytes of a tensor. For Q8_0 its rows have a multiple of 32 elements. */
export function encodeValues(values: Float32Array, type: GgufWeightType): Uint8Array {
  if (type === "Q8_0") return toQ8(values);
  if (type === "F16") return toFloat16(values, [values.length]).bytes;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Writes all bytes, however many calls that takes. */
export async function writeAt(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
