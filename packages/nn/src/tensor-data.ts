/** Element types that checkpoints and bundles hold. */
export type DType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint8"
  | "bool";

export const DTYPE_BYTES: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** A tensor at rest: contiguous, C order, little endian. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Named tensors at rest: a checkpoint or a part of one. */
export type Weights = ReadonlyMap<string, TensorData>;

/** Number of elements of a shape; 1 for a scalar. */
export function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Wraps float32 values without copying. */
export function fromFloat32(data: Float32Array, shape: readonly number[]): TensorData {
  return {
    dtype: "float32",
    shape: [...shape],
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/** The values as float32, without copying where they already are (and lie aligned). */
export function toFloat32(tensor: TensorData): Float32Array {
  const { bytes, dtype } = tensor;
  const count = elements(tensor.shape);
  if (dtype === "float32" && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Float32Array(count);
  const read = READERS[dtype];
  for (let i = 0; i < count; i++) out[i] = read(view, i);
  return out;
}

/** Rounds float32 values to half precision, nearest even. */
export function toFloat16(data: Float32Array, shape: readonly number[]): TensorData {
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = floatToHalf(data[i] as number);
  return { dtype: "float16", shape: [...shape], bytes: new Uint8Array(out.buffer) };
}

const READERS: Readonly<Record<DType, (view: DataView, index: number) => number>> = {
  float64: (v, i) => v.getFloat64(i * 8, true),
  float32: (v, i) => v.getFloat32(i * 4, true),
  float16: (v, i) => halfToFloat(v.getUint16(i * 2, true)),
  bfloat16: (v, i) => bfloatToFloat(v.getUint16(i * 2, true)),
  int64: (v, i) => Number(v.getBigInt64(i * 8, true)),
  int32: (v, i) => v.getInt32(i * 4, true),
  int16: (v, i) => v.getInt16(i * 2, true),
  int8: (v, i) => v.getInt8(i),
  uint8: (v, i) => v.getUint8(i),
  bool: (v, i) => v.getUint8(i),
};

const scratch = new DataView(new ArrayBuffer(4));

function bfloatToFloat(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function floatToHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    return sign | roundHalfEven(Math.abs(value) * 2 ** 24);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1;
  return floor;
}
