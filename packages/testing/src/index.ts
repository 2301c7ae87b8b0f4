export * from "./browser.js";
export * from "./closed-form-vgg.js";
export * from "./official-model.js";
export * from "./rejects.js";
export * from "./temporary-folder.js";
export * from "./tiny-model.js";
export * from "./watched-page.js";

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/**
 * The folder of the conformance data (outputs of the official PyTorch code): `V2L_CONFORMANCE`, or
 * `../shared/conformance` beside the checkout, or the small part kept in `fixtures/conformance`.
 * `file` asks for a folder that holds this file.
 * @returns the path of `file` (or of the folder), or null where it is not present: skip the test then.
 */
export function conformance(file = ""): string | null {
  const folders = [
    process.env.V2L_CONFORMANCE,
    join(root, "../shared/conformance"),
    join(root, "fixtures/conformance"),
  ];
  for (const folder of folders) {
    if (folder && existsSync(join(folder, file))) return join(folder, file);
  }
  return null;
}

/** Why a conformance test is skipped, for `{ skip }` of node:test; false where the data is there. */
export function skipWithout(...files: string[]): string | false {
  const missing = files.filter((file) => conformance(file) === null);
  if (missing.length === 0) return false;
  return `conformance data not found (${missing.join(", ")}): set V2L_CONFORMANCE to its folder`;
}

/** A numeric .npy array: float32, int64 (as numbers) or uint8. */
export interface NpyArray {
  readonly shape: number[];
  readonly data: Float32Array | Float64Array | Uint8Array;
}

/** Reads a numeric version 1.0 .npy file of the conformance data. int64 values come as float64. */
export function readNpy(file: string): NpyArray {
  const path = conformance(file);
  if (path === null) throw new Error(`no conformance file ${file}`);
  const bytes = readFileSync(path);
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, 10 + headerLength);
  const descr = /'descr': '([^']+)'/.exec(header)?.[1];
  const shape = (/'shape': \(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const body = bytes.subarray(10 + headerLength);
  const buffer = body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength);
  if (descr === "<f4") return { shape, data: new Float32Array(buffer) };
  if (descr === "|u1") return { shape, data: new Uint8Array(buffer) };
  if (descr === "<i8") {
    return { shape, data: Float64Array.from(new BigInt64Array(buffer), Number) };
  }
  throw new Error(`unexpected dtype ${descr} in ${file}`);
}

/** Parses a JSON file of the conformance data. */
export function readJson<T>(file: string): T {
  const path = conformance(file);
  if (path === null) throw new Error(`no conformance file ${file}`);
  return JSON.parse(readFileSync(path, "utf8")) as T;
}

/** The largest absolute difference between two equally long arrays. */
export function maxAbsDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let max = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= max)) max = difference;
  }
  return max;
}
