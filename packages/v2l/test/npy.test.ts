import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { conformance, rejects } from "@v2l/testing";
import { readNpyRecords, readNpyStrings } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";

function path(file: string): string {
  return conformance(file) as string;
}

/** In Python: hashlib.sha256("\n".join(texts).encode()).hexdigest(), of what numpy.load gives. */
function digest(texts: readonly string[]): string {
  return createHash("sha256").update(texts.join("\n")).digest("hex");
}

async function save(t: TestContext, bytes: Uint8Array): Promise<string> {
  const file = join(temporaryFolder(t), "a.npy");
  await writeFile(file, bytes);
  return file;
}

test("the pickled global vocabulary is what NumPy reads", async () => {
  const texts = await readNpyStrings(path("global_vocabulary.npy"));
  assert.equal(texts.length, 300);
  // conformance/README.md, 1: non-ASCII 7 and 11, a leading blank 13, an empty one 17.
  assert.deepEqual([texts[7], texts[11], texts[13], texts[17]], ["café", "犬", " spaced", ""]);
  assert.equal(digest(texts), "47a15cd05f7f3c20114239ba528dd1153f56de03bcd7d27100c9fbecba58fd4f");
});

test("the fixed-width local vocabulary is what NumPy reads", async () => {
  const texts = await readNpyStrings(path("local_vocabulary.npy"));
  assert.equal(texts.length, 512);
  assert.equal(digest(texts), "40e6c2ab22113e5b572e7e487a1abc2b6b916082f2696690a1841e11c782e59f");
});

test("the vocabulary of subwords, bigrams and trigrams is what NumPy reads", async () => {
  const records = await readNpyRecords(path("subword_bigram_trigram_vocabulary.npy"));
  assert.equal(records.length, 12);
  assert.deepEqual(records[0], { 1: "un", 2: "side", 3: "under" });
  const texts = records.flatMap((record) => ["1", "2", "3"].map((key) => record[key] as string));
  assert.equal(digest(texts), "fd3d17031575612875da3e9d4ca4bfb43c25cda20477a2439a8d91a120dcbaee");
});

test("big-endian texts are read", async (t) => {
  // numpy.save of np.array(["é", "ab"], dtype=">U2").
  const header = "{'descr': '>U2', 'fortran_order': False, 'shape': (2,), }\n";
  const points = [0xe9, 0, 0x61, 0x62].flatMap((point) => [0, 0, 0, point]);
  const bytes = npy(header, Buffer.from(points));
  assert.deepEqual(await readNpyStrings(await save(t, bytes)), ["é", "ab"]);
});

test("arrays of other kinds and damaged files are refused", async (t) => {
  const head = (descr: string, shape: string) =>
    `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  const cases = [
    Buffer.from("no array"),
    npy(head("<f4", "(1,)"), Buffer.alloc(4)),
    npy(head("<U2", "(1, 1)"), Buffer.alloc(8)),
    npy(head("<U2", "(2,)"), Buffer.alloc(8)),
    npy(head("<U1", "(999999999999,)"), Buffer.alloc(8)),
    npy(head("<U1", "(1,)"), Buffer.from([0xff, 0xff, 0xff, 0xff])),
    (await readFile(path("global_vocabulary.npy"))).subarray(0, 3000),
  ];
  for (const bytes of cases) {
    await rejects(readNpyStrings(await save(t, bytes)), "CHECKPOINT_UNREADABLE");
  }
  const records = path("subword_bigram_trigram_vocabulary.npy");
  await rejects(readNpyStrings(records), "CHECKPOINT_UNREADABLE", "texts");
  await rejects(readNpyRecords(path("global_vocabulary.npy")), "CHECKPOINT_UNREADABLE");
});

/** A version 1.0 file. */
function npy(header: string, body: Uint8Array): Buffer {
  const start = Buffer.from("\x93NUMPY\x01\0", "latin1");
  return Buffer.concat([start, Buffer.from([header.length, 0]), Buffer.from(header), body]);
}
