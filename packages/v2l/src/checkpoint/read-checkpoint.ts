import { crc32 } from "node:zlib";
import type { TensorData } from "@v2l/nn";
import { RandomAccessFile } from "../files/random-access-file.js";
import { Namespace } from "./pickle-globals.js";
import { materialise, TensorRef } from "./tensor-ref.js";
import type { TorchArchive } from "./torch-archive.js";
import { openTorchLegacy } from "./torch-legacy.js";
import { openTorchZip, ZIP_MAGIC } from "./torch-zip.js";

/** A plain value that was saved beside the weights. */
export type Scalar = string | number | bigint | boolean | null;

/** The tensors of a PyTorch file, and the plain values beside them. */
export interface Checkpoint {
  /** Tensors by name, contiguous, in their stored precision. A bare tensor is named "tensor". */
  readonly weights: Map<string, TensorData>;
  /** Where the tensors were: under a key, in the saved dictionary itself, or a single tensor. */
  readonly container: "model" | "state_dict" | "root" | "tensor";
  /** Plain values of the saved dictionary, such as `epoch`. */
  readonly metadata: Readonly<Record<string, Scalar>>;
  /** Plain values of `args`: the command line of the training that wrote the file. */
  readonly args: Readonly<Record<string, Scalar>>;
  /** Names that `select` turned down; their tensors were not read. */
  readonly skipped: readonly string[];
}

export interface ReadCheckpointOptions {
  /** Reads only the tensors whose name passes. */
  readonly select?: (name: string) => boolean;
}

/** Copies of views may add up to this many times the file: more is an attack on memory. */
const MAX_COPIES = 4;

/**
 * Reads a PyTorch checkpoint (`.pth`, `.pt`, `.bin`), in the zip format or the one before PyTorch
 * 1.6. Nothing in the file is executed: a pickle that names anything but tensors and plain values is
 * refused. Sizes are checked against the file before memory is taken, CRCs where the format has them.
 * @throws FILE_NOT_FOUND; CHECKPOINT_UNSAFE naming the global; CHECKPOINT_UNREADABLE where the file is
 * of another kind, cut off, damaged or inconsistent.
 */
export async function readCheckpoint(
  path: string,
  options: ReadCheckpointOptions = {},
): Promise<Checkpoint> {
  return RandomAccessFile.with(path, "CHECKPOINT_UNREADABLE", async (file) => {
    const archive = await open(file);
    const { container, refs } = findTensors(file, archive.root);
    const selected = new Map([...refs].filter(([name]) => options.select?.(name) ?? true));
    const fields = container === "tensor" ? new Map() : (archive.root as Map<unknown, unknown>);
    const args = fields.get("args");
    return {
      weights: await readTensors(file, archive, selected),
      container,
      metadata: scalars(fields),
      args: args instanceof Namespace ? scalars(args.fields) : {},
      skipped: [...refs.keys()].filter((name) => !selected.has(name)),
    };
  });
}

async function open(file: RandomAccessFile): Promise<TorchArchive> {
  const start = await file.read(0, Math.min(4, file.size));
  if (ZIP_MAGIC.every((byte, i) => start[i] === byte)) return openTorchZip(file);
  if (start[0] === 0x80) return openTorchLegacy(file);
  throw file.error("a PyTorch checkpoint", file.size === 0 ? "an empty file" : "another format");
}

function findTensors(
  file: RandomAccessFile,
  root: unknown,
): { container: Checkpoint["container"]; refs: Map<string, TensorRef> } {
  if (root instanceof TensorRef) {
    return { container: "tensor", refs: namedTensors(file, new Map([["tensor", root]])) };
  }
  if (!(root instanceof Map)) throw file.error("a dictionary or a tensor", "another object");
  for (const container of ["model", "state_dict"] as const) {
    const inner = root.get(container);
    if (inner instanceof Map) return { container, refs: namedTensors(file, inner) };
  }
  const tensors = new Map([...root].filter(([, value]) => value instanceof TensorRef));
  return { container: "root", refs: namedTensors(file, tensors) };
}

/** Checks that a dictionary holds tensors only, each inside its storage. */
function namedTensors(
  file: RandomAccessFile,
  entries: ReadonlyMap<unknown, unknown>,
): Map<string, TensorRef> {
  const refs = new Map<string, TensorRef>();
  for (const [name, value] of entries) {
    if (typeof name !== "string" || !(value instanceof TensorRef)) {
      const shown = typeof name === "string" ? ` under ${name}` : "";
      throw file.error("a dictionary of tensors", `something else${shown}`);
    }
    const problem = value.problem();
    if (problem !== null)
      throw file.error("tensors inside their storage", `${name} with ${problem}`);
    refs.set(name, value);
  }
  if (refs.size === 0) throw file.error("tensors under `model` or `state_dict`", "none");
  return refs;
}

/** Reads every storage once and cuts its tensors out of it. */
async function readTensors(
  file: RandomAccessFile,
  archive: TorchArchive,
  refs: ReadonlyMap<string, TensorRef>,
): Promise<Map<string, TensorData>> {
  const users = new Map<string, string[]>();
  let copied = 0;
  for (const [name, ref] of refs) {
    archive.locate(ref.storage);
    if (!ref.isWholeStorage) copied += ref.byteLength;
    const names = users.get(ref.storage.key);
    if (names === undefined) users.set(ref.storage.key, [name]);
    else names.push(name);
  }
  if (copied > MAX_COPIES * file.size) {
    throw file.error(`views of at most ${MAX_COPIES} times the file`, `${copied} bytes`);
  }
  const read = new Map<string, TensorData>();
  for (const names of users.values()) {
    const first = refs.get(names[0] as string) as TensorRef;
    const bytes = await readStorage(file, archive, first);
    for (const name of names) read.set(name, materialise(refs.get(name) as TensorRef, bytes));
  }
  return new Map([...refs.keys()].map((name) => [name, read.get(name) as TensorData]));
}

async function readStorage(
  file: RandomAccessFile,
  archive: TorchArchive,
  { storage }: TensorRef,
): Promise<Uint8Array> {
  const location = archive.locate(storage);
  const bytes = await file.read(location.position, location.bytes);
  if (location.crc32 !== null && crc32(bytes) !== location.crc32) {
    throw file.error("the recorded CRC", `damaged bytes in storage ${storage.key}`);
  }
  return bytes;
}

function scalars(fields: ReadonlyMap<unknown, unknown>): Record<string, Scalar> {
  const plain: [string, Scalar][] = [];
  for (const [name, value] of fields) {
    const isPlain =
      value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);
    if (typeof name === "string" && isPlain) plain.push([name, value as Scalar]);
  }
  return Object.fromEntries(plain);
}
