import {
  DTYPE_BYTES,
  type DType,
  elements,
  expected,
  type TensorData,
  V2LError,
  type Weights,
} from "@v2l/nn";
import { atomicWrite } from "../files/atomic-write.js";
import { RandomAccessFile } from "../files/random-access-file.js";

/** Largest header the format allows. */
const MAX_HEADER_BYTES = 100_000_000;

const NAMES: Readonly<Record<DType, string>> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  int16: "I16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

const DTYPES: ReadonlyMap<unknown, DType> = new Map(
  Object.entries(NAMES).map(([dtype, name]) => [name, dtype as DType]),
);

/** The content of a safetensors file. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of the header. */
  readonly weights: Map<string, TensorData>;
  /** The free texts of `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file. The header is checked as a whole before any tensor is read: offsets must
 * cover the data without gap or overlap, and fit shape and element type.
 * @param options.select reads only the tensors whose name passes.
 * @throws FILE_NOT_FOUND; CHECKPOINT_UNREADABLE
 */
export async function readSafetensors(
  path: string,
  options: { readonly select?: (name: string) => boolean } = {},
): Promise<SafetensorsFile> {
  return RandomAccessFile.with(path, "CHECKPOINT_UNREADABLE", async (file) => {
    const { header, dataStart } = await readHeader(file);
    const { __metadata__: metadata = {}, ...tensors } = header;
    const entries = Object.entries(tensors).map(([name, entry]) => parseEntry(file, name, entry));
    checkCoverage(file, entries, file.size - dataStart);
    const weights = new Map<string, TensorData>();
    for (const { name, dtype, shape, start, end } of entries) {
      if (!(options.select?.(name) ?? true)) continue;
      const bytes = await file.read(dataStart + start, end - start);
      weights.set(name, { dtype, shape, bytes });
    }
    return { weights, metadata: parseMetadata(file, metadata) };
  });
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
      dtype: NAMES[dtype],
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

async function readHeader(
  file: RandomAccessFile,
): Promise<{ header: Record<string, unknown>; dataStart: number }> {
  const start = await file.read(0, 8);
  const length = new DataView(start.buffer).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, file.size - 8))) {
    throw file.error("a safetensors header inside the file", `a header of ${length} bytes`);
  }
  const json = await file.read(8, Number(length));
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (error) {
    throw file.error("a safetensors header in JSON", "other bytes", { cause: error });
  }
  if (!isRecord(header)) throw file.error("a safetensors header", "JSON of another kind");
  return { header, dataStart: 8 + Number(length) };
}

function parseEntry(file: RandomAccessFile, name: string, entry: unknown): Entry {
  const { dtype: code, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  const dtype = DTYPES.get(code);
  if (dtype === undefined) {
    throw file.error(
      `an element type among ${[...DTYPES.keys()]} for ${name}`,
      typeof code === "string" ? code : "none",
    );
  }
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw file.error(`sizes and two offsets for ${name}`, "other values");
  }
  const [start, end] = offsets as [number, number];
  const length = elements(shape) * DTYPE_BYTES[dtype];
  if (end - start !== length) {
    throw file.error(`${length} bytes (${code} [${shape}]) for ${name}`, `${end - start} bytes`);
  }
  return { name, dtype, shape, start, end };
}

function checkCoverage(file: RandomAccessFile, entries: readonly Entry[], length: number): void {
  let position = 0;
  for (const entry of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== position) {
      const kind = entry.start < position ? "an overlap" : "a gap";
      throw file.error("tensors side by side", `${kind} at ${entry.name}`);
    }
    position = entry.end;
  }
  if (position !== length) throw file.error(`${position} bytes of tensors`, `${length} bytes`);
}

function parseMetadata(file: RandomAccessFile, metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || !Object.values(metadata).every((v) => typeof v === "string")) {
    throw file.error("texts in __metadata__", "something else");
  }
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
