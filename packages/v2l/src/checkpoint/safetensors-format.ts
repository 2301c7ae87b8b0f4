import { DTYPE_BYTES, type DType, elements, type TensorData } from "@v2l/nn";
import type { RandomAccess } from "../files/random-access.js";

/** Largest header the format allows. */
const MAX_HEADER_BYTES = 100_000_000;

/** Element types under the names of the format. */
export const SAFETENSORS_NAMES: Readonly<Record<DType, string>> = {
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
  Object.entries(SAFETENSORS_NAMES).map(([dtype, name]) => [name, dtype as DType]),
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

export interface ReadSafetensorsOptions {
  /** Reads only the tensors whose name passes. */
  readonly select?: (name: string) => boolean;
}

/**
 * Reads safetensors. The header is checked as a whole before any tensor is read: offsets must cover the
 * data without gap or overlap, and fit shape and element type.
 * @throws the error of `file` where its content is something else.
 */
export async function parseSafetensors(
  file: RandomAccess,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
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
}

async function readHeader(
  file: RandomAccess,
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

function parseEntry(file: RandomAccess, name: string, entry: unknown): Entry {
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

function checkCoverage(file: RandomAccess, entries: readonly Entry[], length: number): void {
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

function parseMetadata(file: RandomAccess, metadata: unknown): Record<string, string> {
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
