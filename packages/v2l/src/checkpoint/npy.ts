import { RandomAccessFile } from "../files/random-access-file.js";
import { MAX_PICKLE_BYTES, unpickle } from "./pickle.js";
import { NPY_GLOBALS, ObjectArray } from "./pickle-globals.js";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Largest .npy file of texts that is read; the official vocabularies have a few megabytes. */
const MAX_FILE_BYTES = 4 * MAX_PICKLE_BYTES;

/**
 * Reads a one-dimensional .npy array of texts: fixed-width Unicode (`<U7`), or pickled Python strings.
 * Nothing in the file is executed.
 * @throws FILE_NOT_FOUND; CHECKPOINT_UNSAFE; CHECKPOINT_UNREADABLE
 */
export async function readNpyStrings(path: string): Promise<string[]> {
  return readNpy(path, (file, { descr, count, body }) => {
    const width = /^([<>])U(\d+)$/.exec(descr);
    if (width) return fixedWidth(file, body, count, Number(width[2]), width[1] === "<");
    const values = objects(file, descr, count, body);
    if (!values.every((value) => typeof value === "string")) {
      throw file.error("an array of texts", "other Python objects");
    }
    return [...values];
  });
}

/**
 * Reads a one-dimensional .npy array of pickled Python dictionaries from text to text, as the official
 * vocabulary of subwords ("1"), bigrams ("2") and trigrams ("3") is.
 * @throws FILE_NOT_FOUND; CHECKPOINT_UNSAFE; CHECKPOINT_UNREADABLE
 */
export async function readNpyRecords(path: string): Promise<Record<string, string>[]> {
  return readNpy(path, (file, { descr, count, body }) =>
    objects(file, descr, count, body).map((value) => {
      const pairs = value instanceof Map ? [...value] : [];
      if (!(value instanceof Map) || !pairs.flat().every((text) => typeof text === "string")) {
        throw file.error("an array of dictionaries of texts", "other Python objects");
      }
      return Object.fromEntries(pairs) as Record<string, string>;
    }),
  );
}

interface NpyContent {
  /** NumPy's name of the element type. */
  readonly descr: string;
  readonly count: number;
  readonly body: Uint8Array;
}

async function readNpy<T>(
  path: string,
  use: (file: RandomAccessFile, content: NpyContent) => T,
): Promise<T> {
  return RandomAccessFile.with(path, "CHECKPOINT_UNREADABLE", async (file) => {
    if (file.size > MAX_FILE_BYTES) {
      throw file.error(`at most ${MAX_FILE_BYTES} bytes`, `${file.size} bytes`);
    }
    return use(file, parseNpy(file, await file.read(0, file.size)));
  });
}

function parseNpy(file: RandomAccessFile, bytes: Uint8Array): NpyContent {
  if (bytes.length < 12 || !MAGIC.every((byte, i) => bytes[i] === byte)) {
    throw file.error("a .npy file", "another format");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Version 1 has a 16-bit header length, later ones 32 bits.
  const wide = bytes[6] !== 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(bytes.subarray(start, end));
  const descr = /'descr': *'([^']+)'/.exec(header)?.[1];
  const count = /'shape': *\((\d+),\)/.exec(header)?.[1];
  if (end > bytes.length || descr === undefined || count === undefined) {
    throw file.error("a one-dimensional .npy array of texts", "another header");
  }
  return { descr, count: Number(count), body: bytes.subarray(end) };
}

/** UCS-4 code points, padded with zeros. */
function fixedWidth(
  file: RandomAccessFile,
  body: Uint8Array,
  count: number,
  width: number,
  littleEndian: boolean,
): string[] {
  if (body.length !== count * width * 4) {
    throw file.error(`${count} texts of ${width} characters`, `${body.length} bytes`);
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Array.from({ length: count }, (_, row) => {
    let text = "";
    for (let i = 0; i < width; i++) {
      const point = view.getUint32((row * width + i) * 4, littleEndian);
      if (point > 0x10ffff) throw file.error("Unicode characters", `code ${point}`);
      text += String.fromCodePoint(point);
    }
    return text.replace(/\0+$/, "");
  });
}

function objects(
  file: RandomAccessFile,
  descr: string,
  count: number,
  body: Uint8Array,
): readonly unknown[] {
  if (descr !== "|O") throw file.error("an array of texts", `elements of type ${descr}`);
  const { value } = unpickle(body, 0, { source: file.path, globals: NPY_GLOBALS });
  if (!(value instanceof ObjectArray) || value.shape.join() !== `${count}`) {
    throw file.error(`a pickled array of ${count} objects`, "another object");
  }
  return value.values;
}
