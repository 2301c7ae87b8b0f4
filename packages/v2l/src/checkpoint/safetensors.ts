import { DTYPE_BYTES, elements, expected, type TensorData, V2LError, type Weights } from "@v2l/nn";
import { atomicWrite } from "../files/atomic-write.js";
import { RandomAccessFile } from "../files/random-access-file.js";
import {
  parseSafetensors,
  type ReadSafetensorsOptions,
  SAFETENSORS_NAMES,
  type SafetensorsFile,
} from "./safetensors-format.js";

/**
 * Reads a safetensors file, see {@link parseSafetensors}.
 * @throws FILE_NOT_FOUND; CHECKPOINT_UNREADABLE
 */
export async function readSafetensors(
  path: string,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  return RandomAccessFile.with(path, "CHECKPOINT_UNREADABLE", (file) =>
    parseSafetensors(file, options),
  );
}

/**
 * Writes a safetensors file atomically. The same tensors always give the same bytes, in the order of
 * `weights` within each element width (wide ones first, so that all lie aligned).
 * @throws INVALID_ARGUMENT where the bytes of a tensor do not fit its shape.
 */
export async function writeSafetensors(
  path: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const tensors = [...weights].sort(([, a], [, b]) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    checkTensor(name, { dtype, shape, bytes });
    header[name] = {
      dtype: SAFETENSORS_NAMES[dtype],
      shape,
      data_offsets: [offset, offset + bytes.byteLength],
    };
    offset += bytes.byteLength;
  }
  await atomicWrite(path, async (file) => {
    await file.writeFile(encodeHeader(header));
    for (const [, { bytes }] of tensors) await file.writeFile(bytes);
  });
}

/** Length (uint64) and JSON, padded with blanks so that the data begin at a multiple of eight. */
function encodeHeader(header: Readonly<Record<string, unknown>>): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = Buffer.alloc(8 + length, " ");
  bytes.writeBigUInt64LE(BigInt(length), 0);
  json.copy(bytes, 8);
  return bytes;
}

function checkTensor(name: string, { dtype, shape, bytes }: TensorData): void {
  const length = elements(shape) * DTYPE_BYTES[dtype];
  if (name === "__metadata__" || bytes.byteLength !== length) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(`${length} bytes (${dtype} [${shape}])`, name, `${bytes.byteLength} bytes`),
    );
  }
}
