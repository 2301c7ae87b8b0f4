import { crc32 } from "node:zlib";

/** Pickle opcodes that leave one value on the stack. */
export class Pickled {
  constructor(readonly bytes: Buffer) {}
}

const MAX_INT32 = 2 ** 31 - 1;

/** The opcodes of a value; arrays become tuples and maps dictionaries, as Python's pickle has them. */
export function pickled(value: unknown): Pickled {
  if (value instanceof Pickled) return value;
  if (value === null) return raw("N");
  if (value === true) return raw("\x88");
  if (value === false) return raw("\x89");
  if (typeof value === "string")
    return raw("X", uint32(Buffer.byteLength(value)), Buffer.from(value));
  if (typeof value === "number" && Math.abs(value) <= MAX_INT32) return raw("J", int32(value));
  if (typeof value === "number" || typeof value === "bigint") {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return raw("\x8a\x08", bytes);
  }
  if (Array.isArray(value)) return raw("(", ...value.map((v) => pickled(v).bytes), "t");
  if (value instanceof Map) {
    return raw("}(", ...[...value].flat().map((v) => pickled(v).bytes), "u");
  }
  throw new Error(`cannot pickle ${String(value)}`);
}

/** Opcodes as they are; letters stand for their Latin-1 byte. */
export function raw(...parts: readonly (string | Buffer)[]): Pickled {
  const encoded = parts.map((part) =>
    typeof part === "string" ? Buffer.from(part, "latin1") : part,
  );
  return new Pickled(Buffer.concat(encoded));
}

/** A Python list. */
export function list(...items: readonly unknown[]): Pickled {
  return raw("](", ...items.map((item) => pickled(item).bytes), "e");
}

export function global(module: string, name: string): Pickled {
  return raw("c", `${module}\n${name}\n`);
}

export function call(callable: Pickled, args: readonly unknown[]): Pickled {
  return raw(callable.bytes, pickled(args).bytes, "R");
}

/** A complete pickle: protocol 2, the value, stop. */
export function pickleFile(value: unknown): Buffer {
  return Buffer.concat([Buffer.from([0x80, 2]), pickled(value).bytes, Buffer.from(".")]);
}

export interface View {
  readonly key?: string;
  readonly type?: string;
  /** Elements the pickle claims the storage has. */
  readonly count: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

/** A tensor over a storage, float32 and contiguous unless said otherwise. */
export function tensor(view: View): Pickled {
  const { key = "0", type = "FloatStorage", count, offset = 0, shape } = view;
  const strides =
    view.strides ?? shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const id = ["storage", global("torch", type), key, "cpu", count];
  const storage = raw(pickled(id).bytes, "Q");
  const hooks = call(global("collections", "OrderedDict"), []);
  const args = [storage, offset, [...shape], [...strides], false, hooks];
  return call(global("torch._utils", "_rebuild_tensor_v2"), args);
}

/** A checkpoint in the zip format. */
export function torchZip(root: unknown, storages: Readonly<Record<string, Uint8Array>>): Buffer {
  return zip([
    { name: "archive/data.pkl", data: pickleFile(root) },
    ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
    { name: "archive/version", data: Buffer.from("3\n") },
  ]);
}

/** A checkpoint in the format before PyTorch 1.6. @param storages element count and bytes by key. */
export function torchLegacy(
  root: unknown,
  storages: readonly { readonly key: string; readonly count: number; readonly data: Uint8Array }[],
): Buffer {
  const magic = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
  const system = new Map<string, unknown>([["little_endian", true]]);
  const keys = list(...storages.map(({ key }) => key));
  return Buffer.concat([
    magic,
    ...[1001, system, root, keys].map(pickleFile),
    ...storages.flatMap(({ count, data }) => {
      const header = Buffer.alloc(8);
      header.writeBigInt64LE(BigInt(count));
      return [header, data];
    }),
  ]);
}

/** A file of a zip; `method` and `size` may lie about it. */
export interface ZipPart {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly size?: number;
}

/** A zip file with uncompressed parts. */
export function zip(parts: readonly ZipPart[]): Buffer {
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const name = Buffer.from(part.name);
    const fields = zipFields(part, name.length);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, name, part.data]);
    const trailer = Buffer.alloc(14);
    trailer.writeUInt32LE(offset, 10);
    directory.push(Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), fields, trailer, name);
    chunks.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...chunks, central, end]);
}

function zipFields({ data, method = 0, size = data.length }: ZipPart, nameLength: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(method === 0 ? size : data.length, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
