import { DTYPE_BYTES } from "@v2l/nn";
import { type Entry, fromFdPromise, type ZipFile } from "yauzl";
import type { RandomAccessFile } from "../files/random-access-file.js";
import { MAX_PICKLE_BYTES, unpickle } from "./pickle.js";
import { storageRef, TORCH_GLOBALS } from "./pickle-globals.js";
import type { StorageLocation, TorchArchive } from "./torch-archive.js";

/** How a zip file begins. */
export const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];

/** Opens the zip format that PyTorch writes since 1.6: `<name>/data.pkl` and `<name>/data/<key>`. */
export async function openTorchZip(file: RandomAccessFile): Promise<TorchArchive> {
  const entries = await listEntries(file);
  const pickles = [...entries.keys()].filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  const [name] = pickles;
  if (name === undefined || pickles.length > 1) {
    throw file.error("a PyTorch checkpoint", `a zip file with ${pickles.length} data.pkl entries`);
  }
  const prefix = name.slice(0, -"data.pkl".length);
  await checkByteOrder(file, entries.get(`${prefix}byteorder`));
  const pickle = await readEntry(file, entries.get(name) as StorageLocation);
  const { value: root } = unpickle(pickle, 0, {
    source: file.path,
    globals: TORCH_GLOBALS,
    persistentId: storageRef,
  });
  return {
    root,
    locate(storage) {
      const entry = entries.get(`${prefix}data/${storage.key}`);
      const bytes = storage.count * DTYPE_BYTES[storage.dtype];
      if (entry?.bytes !== bytes) {
        const received = entry === undefined ? "no such entry" : `${entry.bytes} bytes`;
        throw file.error(`${bytes} bytes in data/${storage.key}`, received);
      }
      return entry;
    },
  };
}

/** Every entry with where its bytes lie. They must be stored plainly and fit into the file. */
async function listEntries(file: RandomAccessFile): Promise<Map<string, StorageLocation>> {
  const entries = new Map<string, StorageLocation>();
  let total = 0;
  try {
    const zip = await fromFdPromise(file.descriptor, { lazyEntries: true, autoClose: false });
    for await (const entry of zip.eachEntry()) {
      if (entries.has(entry.fileName)) throw new Error(`two entries named ${entry.fileName}`);
      total += entry.uncompressedSize;
      if (total > file.size) throw new Error("entries that are larger than the file");
      entries.set(entry.fileName, await locateEntry(zip, entry, file.size));
    }
  } catch (error) {
    const received = error instanceof Error ? error.message : String(error);
    throw file.error("a complete PyTorch zip file", received, { cause: error });
  }
  return entries;
}

async function locateEntry(zip: ZipFile, entry: Entry, fileSize: number): Promise<StorageLocation> {
  if (entry.compressionMethod !== 0 || entry.isEncrypted()) {
    throw new Error(`the compressed or encrypted entry ${entry.fileName}`);
  }
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (fileDataStart + entry.uncompressedSize > fileSize) {
    throw new Error(`the entry ${entry.fileName} beyond the end of the file`);
  }
  return { position: fileDataStart, bytes: entry.uncompressedSize, crc32: entry.crc32 };
}

async function readEntry(file: RandomAccessFile, entry: StorageLocation): Promise<Uint8Array> {
  if (entry.bytes > MAX_PICKLE_BYTES) {
    throw file.error(`a data.pkl of at most ${MAX_PICKLE_BYTES} bytes`, `${entry.bytes} bytes`);
  }
  return file.read(entry.position, entry.bytes);
}

async function checkByteOrder(
  file: RandomAccessFile,
  entry: StorageLocation | undefined,
): Promise<void> {
  if (entry === undefined) return;
  const order = new TextDecoder().decode(await readEntry(file, entry)).trim();
  if (order !== "little") throw file.error("little-endian tensors", `byte order ${order}`);
}
