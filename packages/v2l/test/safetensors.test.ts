import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { TensorData } from "@v2l/nn";
import { rejects } from "@v2l/testing";
import { readSafetensors, writeSafetensors } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";

/** A file as the format's specification has it: header length (uint64), JSON, data. */
function file(header: unknown, data: Uint8Array, length?: bigint): Buffer {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(Buffer.byteLength(json)));
  return Buffer.concat([start, Buffer.from(json), data]);
}

async function save(t: TestContext, bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(t), "a.safetensors");
  await writeFile(path, bytes);
  return path;
}

const f32 = (offsets: readonly number[], shape: readonly number[] = [1]) => ({
  dtype: "F32",
  shape,
  data_offsets: offsets,
});

test("tensors and metadata of a file made by hand are read", async (t) => {
  const data = Buffer.from([0, 0, 0x80, 0x3f, 1, 0, 7]);
  const header = {
    __metadata__: { step: "3" },
    b: { dtype: "BOOL", shape: [2, 1], data_offsets: [4, 6] },
    a: f32([0, 4], []),
    c: { dtype: "U8", shape: [1], data_offsets: [6, 7] },
    empty: { dtype: "I64", shape: [0, 5], data_offsets: [7, 7] },
  };
  const path = await save(t, file(header, data));
  const { weights, metadata } = await readSafetensors(path);
  assert.deepEqual(metadata, { step: "3" });
  assert.deepEqual(
    [...weights],
    [
      ["b", { dtype: "bool", shape: [2, 1], bytes: new Uint8Array([1, 0]) }],
      ["a", { dtype: "float32", shape: [], bytes: new Uint8Array([0, 0, 0x80, 0x3f]) }],
      ["c", { dtype: "uint8", shape: [1], bytes: new Uint8Array([7]) }],
      ["empty", { dtype: "int64", shape: [0, 5], bytes: new Uint8Array(0) }],
    ],
  );
  const { weights: selected } = await readSafetensors(path, { select: (name) => name === "c" });
  assert.deepEqual([...selected.keys()], ["c"]);
});

test("files are written as the specification has it, with every tensor aligned", async (t) => {
  const weights = new Map<string, TensorData>([
    ["flag", { dtype: "bool", shape: [], bytes: new Uint8Array([1]) }],
    ["half", { dtype: "float16", shape: [1, 2], bytes: new Uint8Array([1, 2, 3, 4]) }],
    ["count", { dtype: "int64", shape: [1], bytes: new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0]) }],
  ]);
  const path = join(temporaryFolder(t), "a.safetensors");
  await writeSafetensors(path, weights, { made: "here" });
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal(length % 8, 0);
  assert.deepEqual(JSON.parse(bytes.toString("utf8", 8, 8 + length)), {
    __metadata__: { made: "here" },
    count: { dtype: "I64", shape: [1], data_offsets: [0, 8] },
    half: { dtype: "F16", shape: [1, 2], data_offsets: [8, 12] },
    flag: { dtype: "BOOL", shape: [], data_offsets: [12, 13] },
  });
  assert.deepEqual([...bytes.subarray(8 + length)], [9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 1]);
  const read = await readSafetensors(path);
  assert.deepEqual(read.weights, weights);
  assert.deepEqual(read.metadata, { made: "here" });
});

test("hostile headers are refused before any tensor is read", async (t) => {
  const eight = Buffer.alloc(8);
  const cases: [string, Buffer][] = [
    ["an overlap at b", file({ a: f32([0, 8], [2]), b: f32([4, 8]) }, eight)],
    ["an overlap at b", file({ a: f32([0, 4]), b: f32([0, 4]) }, eight)],
    ["a gap at b", file({ a: f32([0, 4]), b: f32([5, 9]) }, eight)],
    ["a gap at a", file({ a: f32([4, 8]) }, eight)],
    ["8 bytes", file({ a: f32([0, 4]) }, eight)],
    ["12 bytes of tensors", file({ a: f32([0, 12], [3]) }, eight)],
    ["8 bytes (F32 [2]) for a", file({ a: f32([0, 4], [2]) }, eight)],
    ["for a", file({ a: f32([4, 0]) }, eight)],
    ["for a", file({ a: f32([0, 8], [2 ** 31, 2 ** 31, 2 ** 31]) }, eight)],
    ["sizes and two offsets for a", file({ a: f32([0, 8], [-2]) }, eight)],
    ["sizes and two offsets for a", file({ a: f32([0, 4.5]) }, eight)],
    ["sizes and two offsets for a", file({ a: f32([0, 4, 8]) }, eight)],
    ["an element type", file({ a: { ...f32([0, 8]), dtype: "F8_E4M3" } }, eight)],
    ["an element type", file({ a: null }, eight)],
    ["JSON", file("{", eight)],
    ["JSON", file("[]", eight)],
    ["__metadata__", file({ __metadata__: { a: 1 } }, Buffer.alloc(0))],
    ["a header of 18446744073709551615 bytes", file("{}", eight, 2n ** 64n - 1n)],
    ["a header of 99 bytes", file("{}", eight, 99n)],
    ["at least 8 bytes", Buffer.alloc(7)],
  ];
  for (const [part, bytes] of cases) {
    await rejects(readSafetensors(await save(t, bytes)), "CHECKPOINT_UNREADABLE", part);
  }
});

test("a tensor whose bytes do not fit its shape is not written", async (t) => {
  const folder = temporaryFolder(t);
  const bytes = new Uint8Array(4);
  const weights = new Map<string, TensorData>([["w", { dtype: "float32", shape: [2], bytes }]]);
  await rejects(writeSafetensors(join(folder, "a"), weights), "INVALID_ARGUMENT", "w", "8 bytes");
  assert.deepEqual(await readdir(folder), []);
});
