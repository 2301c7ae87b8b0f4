import { ALIGNMENT, align, MAGIC, VALUE_TYPES, VERSION } from "./format.js";

/** A metadata value with its type in the file. */
export type TypedValue =
  | { readonly type: "uint32" | "float32"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "float32s" | "int32s"; readonly value: ArrayLike<number> };

/** A tensor's place; `offset` counts from the start of the tensors. */
export interface TensorEntry {
  readonly name: string;
  /** Row-major, as in PyTorch; the file has the sizes in the opposite order. */
  readonly shape: readonly number[];
  /** A key of TENSOR_TYPES. */
  readonly type: number;
  readonly offset: number;
}

/** The bytes of a file up to where the tensors begin. */
export function encodeHeader(
  metadata: ReadonlyMap<string, TypedValue>,
  tensors: readonly TensorEntry[],
): Uint8Array {
  const parts = new Parts();
  parts.uint32(MAGIC).uint32(VERSION).uint64(tensors.length).uint64(metadata.size);
  for (const [key, entry] of metadata) writeValue(parts.string(key), entry);
  for (const { name, shape, type, offset } of tensors) {
    parts.string(name).uint32(shape.length);
    for (const size of [...shape].reverse()) parts.uint64(size);
    parts.uint32(type).uint64(offset);
  }
  return parts.joined();
}

function writeValue(parts: Parts, { type, value }: TypedValue): void {
  switch (type) {
    case "uint32":
      parts.uint32(VALUE_TYPES.uint32).uint32(value);
      break;
    case "float32":
      parts.uint32(VALUE_TYPES.float32).numbers("Float32", [value]);
      break;
    case "bool":
      parts.uint32(VALUE_TYPES.bool).bytes(Uint8Array.of(value ? 1 : 0));
      break;
    case "string":
      parts.uint32(VALUE_TYPES.string).string(value);
      break;
    case "strings":
      parts.uint32(VALUE_TYPES.array).uint32(VALUE_TYPES.string).uint64(value.length);
      for (const text of value) parts.string(text);
      break;
    case "float32s":
      parts.uint32(VALUE_TYPES.array).uint32(VALUE_TYPES.float32).uint64(value.length);
      parts.numbers("Float32", value);
      break;
    case "int32s":
      parts.uint32(VALUE_TYPES.array).uint32(VALUE_TYPES.int32).uint64(value.length);
      parts.numbers("Int32", value);
      break;
  }
}

/** Little-endian pieces of the header, in order. */
class Parts {
  private readonly parts: Uint8Array[] = [];

  bytes(part: Uint8Array): this {
    this.parts.push(part);
    return this;
  }

  uint32(value: number): this {
    return this.numbers("Uint32", [value]);
  }

  uint64(value: number): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, BigInt(value), true);
    return this.bytes(new Uint8Array(view.buffer));
  }

  numbers(type: "Uint32" | "Int32" | "Float32", values: ArrayLike<number>): this {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    for (let i = 0; i < values.length; i++) view[`set${type}`](i * 4, values[i] as number, true);
    return this.bytes(new Uint8Array(view.buffer));
  }

  string(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.uint64(bytes.length).bytes(bytes);
  }

  /** All parts, padded to where the first tensor may begin. */
  joined(): Uint8Array {
    const bytes = Buffer.concat(this.parts);
    return Buffer.concat([bytes], align(bytes.length, ALIGNMENT));
  }
}
