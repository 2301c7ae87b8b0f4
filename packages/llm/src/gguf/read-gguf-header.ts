import { type FileHandle, open } from "node:fs/promises";
import { elements, expected, V2LError } from "@v2l/nn";
import { ALIGNMENT, align, MAGIC, TENSOR_TYPES, VALUE_TYPES } from "./format.js";

/** A metadata value. Integers are numbers; those beyond 2^53 lose their last digits. */
export type GgufValue = number | boolean | string | readonly GgufValue[];

export interface GgufTensorInfo {
  readonly name: string;
  /** Row-major, as in PyTorch: [rows, columns]. */
  readonly shape: readonly number[];
  /** `F16`, `Q8_0`, ...; `type 77` for a number that is not known here. */
  readonly type: string;
  /** Position in the file. */
  readonly offset: number;
  /** Null where the type is not known. */
  readonly byteLength: number | null;
}

/** What a GGUF file says before its tensors. */
export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensorInfo[];
}

/** Bytes read at first; most headers with a vocabulary of 32,000 fit. */
const FIRST_READ = 1 << 21;
const MAX_HEADER_BYTES = 1 << 28;
const MAX_DIMENSIONS = 8;
const MAX_ARRAY_DEPTH = 4;

/**
 * Reads metadata and tensor descriptions; the tensors themselves are not read.
 * @throws FILE_NOT_FOUND; MODEL_UNREADABLE where the file is not GGUF (version 2 or 3, little
 * endian), is damaged, or ends before its last tensor does.
 */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await openModel(path);
  try {
    const { size } = await file.stat();
    for (let length = FIRST_READ; ; length *= 4) {
      const bytes = await readBytes(file, Math.min(length, size, MAX_HEADER_BYTES));
      try {
        return new HeaderReader(path, bytes, size).header();
      } catch (error) {
        if (!(error instanceof NeedsMore)) throw error;
        if (bytes.length === size) throw unreadable(path, "a whole file", "one that is cut short");
        if (length >= MAX_HEADER_BYTES) throw unreadable(path, "a header below 256 MiB", "more");
      }
    }
  } finally {
    await file.close();
  }
}

async function openModel(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, "r");
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "ENOTDIR" && code !== "EACCES") throw error;
    const received = code === "EACCES" ? "no permission" : "nothing there";
    throw new V2LError("FILE_NOT_FOUND", expected("a readable file", path, received), {
      cause: error,
    });
  }
  throw unreadable(path, "a file", "a folder or device");
}

/** `length` bytes of a file from `start` on; fewer where it ends before. */
export async function readBytes(file: FileHandle, length: number, start = 0): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** The header goes on behind the bytes read so far. */
class NeedsMore extends Error {}

class HeaderReader {
  private position = 0;

  constructor(
    private readonly path: string,
    private readonly bytes: Buffer,
    private readonly fileSize: number,
  ) {}

  header(): GgufHeader {
    if (this.bytes.length < 4 || this.uint32() !== MAGIC) {
      throw unreadable(this.path, "a GGUF file", "other content");
    }
    const version = this.uint32();
    if (version !== 2 && version !== 3) {
      throw unreadable(this.path, "GGUF version 2 or 3, little endian", version);
    }
    const tensorCount = this.count();
    const metadataCount = this.count();
    const metadata = new Map<string, GgufValue>();
    for (let i = 0; i < metadataCount; i++) {
      const key = this.string();
      metadata.set(key, this.value(this.uint32(), 0));
    }
    const described = Array.from({ length: tensorCount }, () => this.tensor());
    return { version, metadata, tensors: this.located(described, metadata) };
  }

  /** Tensors with positions in the file, all of which must lie inside it. */
  private located(
    tensors: readonly GgufTensorInfo[],
    metadata: ReadonlyMap<string, GgufValue>,
  ): GgufTensorInfo[] {
    const alignment = metadata.get("general.alignment") ?? ALIGNMENT;
    if (typeof alignment !== "number" || !(alignment >= 1)) {
      throw unreadable(this.path, "a positive general.alignment", alignment);
    }
    const start = align(this.position, alignment);
    return tensors.map((tensor) => {
      const offset = start + tensor.offset;
      if (offset + (tensor.byteLength ?? 0) > this.fileSize) {
        throw unreadable(
          this.path,
          `at least ${offset + (tensor.byteLength ?? 0)} bytes`,
          `${this.fileSize} bytes: the file is cut short inside ${tensor.name}`,
        );
      }
      return { ...tensor, offset };
    });
  }

  private tensor(): GgufTensorInfo {
    const name = this.string();
    const dimensions = this.uint32();
    if (dimensions > MAX_DIMENSIONS) throw unreadable(this.path, "a tensor", name);
    const shape = Array.from({ length: dimensions }, () => this.uint64()).reverse();
    const number = this.uint32();
    const offset = this.uint64();
    const type = TENSOR_TYPES.get(number);
    const byteLength = type ? (elements(shape) / type.elements) * type.bytes : null;
    return { name, shape, type: type?.name ?? `type ${number}`, offset, byteLength };
  }

  private value(type: number, depth: number): GgufValue {
    switch (type) {
      case VALUE_TYPES.uint8:
        return this.bytes.readUInt8(this.advance(1));
      case VALUE_TYPES.int8:
        return this.bytes.readInt8(this.advance(1));
      case VALUE_TYPES.uint16:
        return this.bytes.readUInt16LE(this.advance(2));
      case VALUE_TYPES.int16:
        return this.bytes.readInt16LE(this.advance(2));
      case VALUE_TYPES.uint32:
        return this.uint32();
      case VALUE_TYPES.int32:
        return this.bytes.readInt32LE(this.advance(4));
      case VALUE_TYPES.float32:
        return this.bytes.readFloatLE(this.advance(4));
      case VALUE_TYPES.bool:
        return this.bytes.readUInt8(this.advance(1)) !== 0;
      case VALUE_TYPES.string:
        return this.string();
      case VALUE_TYPES.uint64:
        return Number(this.bytes.readBigUInt64LE(this.advance(8)));
      case VALUE_TYPES.int64:
        return Number(this.bytes.readBigInt64LE(this.advance(8)));
      case VALUE_TYPES.float64:
        return this.bytes.readDoubleLE(this.advance(8));
      case VALUE_TYPES.array:
        return this.array(depth);
    }
    throw unreadable(this.path, "a known type of metadata", type);
  }

  private array(depth: number): GgufValue[] {
    if (depth === MAX_ARRAY_DEPTH) throw unreadable(this.path, "flat metadata", "deep nesting");
    const type = this.uint32();
    const count = this.count();
    const values: GgufValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(type, depth + 1));
    return values;
  }

  private string(): string {
    const length = this.count();
    const start = this.advance(length);
    return this.bytes.toString("utf8", start, start + length);
  }

  /** A number of things, each of at least one byte, which must fit into the file. */
  private count(): number {
    const count = this.uint64();
    if (count > this.fileSize - this.position) {
      throw unreadable(this.path, "a whole, undamaged file", `a count of ${count} inside it`);
    }
    return count;
  }

  private uint32(): number {
    return this.bytes.readUInt32LE(this.advance(4));
  }

  private uint64(): number {
    return Number(this.bytes.readBigUInt64LE(this.advance(8)));
  }

  private advance(length: number): number {
    const start = this.position;
    if (start + length > this.bytes.length) throw new NeedsMore();
    this.position = start + length;
    return start;
  }
}

function unreadable(path: string, what: string, received: unknown): V2LError {
  return new V2LError("MODEL_UNREADABLE", expected(what, path, received));
}
