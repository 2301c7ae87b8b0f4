import { DTYPE_BYTES } from "@v2l/nn";
import type { RandomAccessFile } from "../files/random-access-file.js";
import { MAX_PICKLE_BYTES, unpickle } from "./pickle.js";
import { storageRef, TORCH_GLOBALS } from "./pickle-globals.js";
import type { StorageRef } from "./tensor-ref.js";
import type { StorageLocation, TorchArchive } from "./torch-archive.js";

/** The integer that files of the format begin with. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/**
 * Opens the format that PyTorch wrote before 1.6: the pickles of a magic number, a protocol number,
 * system information, the saved object and the list of storage keys; then, in the order of that list,
 * the number of elements (int64) and the elements of each storage.
 */
export async function openTorchLegacy(file: RandomAccessFile): Promise<TorchArchive> {
  const head = await file.read(0, Math.min(file.size, MAX_PICKLE_BYTES));
  const storages = new Map<string, StorageRef>();
  let position = 0;
  const next = (): unknown => {
    const { value, end } = unpickle(head, position, {
      source: file.path,
      globals: TORCH_GLOBALS,
      persistentId: (id) => {
        const storage = storageRef(id);
        storages.set(storage.key, storage);
        return storage;
      },
    });
    position = end;
    return value;
  };
  if (next() !== MAGIC) throw file.error("a PyTorch checkpoint", "a pickle of something else");
  const protocol = next();
  if (protocol !== PROTOCOL) throw file.error(`protocol ${PROTOCOL}`, "another one");
  const system = next();
  if (!(system instanceof Map) || system.get("little_endian") !== true) {
    throw file.error("little-endian tensors", "another byte order");
  }
  const root = next();
  const keys = next();
  const locations = await locateStorages(file, position, keys, storages);
  return {
    root,
    locate(storage) {
      const location = locations.get(storage.key);
      const bytes = storage.count * DTYPE_BYTES[storage.dtype];
      if (location?.bytes !== bytes) {
        const received = location === undefined ? "no such storage" : `${location.bytes} bytes`;
        throw file.error(`${bytes} bytes in storage ${storage.key}`, received);
      }
      return location;
    },
  };
}

async function locateStorages(
  file: RandomAccessFile,
  start: number,
  keys: unknown,
  storages: ReadonlyMap<string, StorageRef>,
): Promise<Map<string, StorageLocation>> {
  if (!Array.isArray(keys)) throw file.error("a list of storage keys", typeof keys);
  const locations = new Map<string, StorageLocation>();
  let position = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined) throw file.error("storages in use", "another key");
    const header = await file.read(position, 8);
    const count = new DataView(header.buffer).getBigInt64(0, true);
    if (count !== BigInt(storage.count)) {
      throw file.error(`${storage.count} elements in storage ${storage.key}`, `${count}`);
    }
    const bytes = storage.count * DTYPE_BYTES[storage.dtype];
    position += 8;
    if (position + bytes > file.size) {
      throw file.error(`at least ${position + bytes} bytes`, `${file.size} bytes`);
    }
    locations.set(storage.key, { position, bytes, crc32: null });
    position += bytes;
  }
  return locations;
}
