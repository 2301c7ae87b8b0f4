import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { maxAbsDifference } from "@v2l/testing";
import { EMBEDDING_FILE, embedTexts, fillTemplates, stageDone } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { textFeature, tinyClip } from "./tiny-clip.js";

const clip = tinyClip();
/** 70 words: two whole chunks of 32 and a rest. */
const WORDS = Array.from({ length: 70 }, (_, i) => {
  return `${"abcdefghij"[i % 10]}${"klmnopq"[i % 7]}${i % 3 === 0 ? " of b" : ""}`.repeat(
    1 + (i % 2),
  );
});
const TEXTS = [...new Set(WORDS.map((word, i) => `${word}${i}`))];

test("an embedding is the mean of the unit features of the 80 templates", async (t) => {
  const words = ["dog", "a very long phrase that is cut off", "<0x0A>"];
  const { rows, width, embedded } = await embedTexts(words, clip, {
    threads: 1,
    dir: temporaryFolder(t),
  });
  assert.deepEqual([width, embedded], [6, 3]);
  for (const [i, word] of words.entries()) {
    const mean = new Array<number>(6).fill(0);
    for (const text of fillTemplates(word)) {
      const feature = textFeature(clip, text); // float64, padded to the whole context
      const length = Math.hypot(...feature);
      for (const [d, value] of feature.entries())
        mean[d] = (mean[d] as number) + value / length / 80;
    }
    const row = rows.subarray(i * 6, (i + 1) * 6);
    const difference = maxAbsDifference(row, mean);
    assert.ok(difference < 2e-6, `${word}: ${difference}`);
    assert.ok(Math.hypot(...row) < 0.9999, "the mean is not normalised again");
  }
});

test("batch size and threads change no bit of the file", async (t) => {
  const files = await Promise.all(
    [
      { batchSize: 1, threads: 1 },
      { batchSize: 33, threads: 2 },
      { batchSize: 1000, threads: 1 },
    ].map(async (options) => {
      const dir = temporaryFolder(t);
      await embedTexts(TEXTS, clip, { dir, ...options });
      return readFileSync(join(dir, EMBEDDING_FILE));
    }),
  );
  for (const file of files) assert.ok(file.equals(files[0] as Buffer));
});

test("a run that was killed goes on from its last save and gives the same file", async (t) => {
  const whole = temporaryFolder(t);
  const saves: string[] = [];
  const onProgress = ({ done }: { done: number }) => {
    // What a process leaves that is killed now.
    const dir = join(whole, `killed at ${done}`);
    mkdirSync(dir);
    const file = join(whole, EMBEDDING_FILE);
    if (existsSync(file)) copyFileSync(file, join(dir, EMBEDDING_FILE));
    saves.push(dir);
  };
  await embedTexts(TEXTS, clip, { threads: 1, dir: whole, saveEvery: 0, onProgress });
  assert.equal(saves.length, 4); // 0, 32, 64 and 70 of 70
  const expected = readFileSync(join(whole, EMBEDDING_FILE));
  for (const [i, dir] of saves.entries()) {
    const { embedded } = await embedTexts(TEXTS, clip, { threads: 1, dir });
    assert.equal(embedded, 70 - Math.min(32 * i, 70));
    assert.ok(readFileSync(join(dir, EMBEDDING_FILE)).equals(expected), dir);
  }
});

test("an abort saves what is done and rejects with its reason", async (t) => {
  const dir = temporaryFolder(t);
  const controller = new AbortController();
  const reason = new Error("enough");
  const onProgress = ({ done }: { done: number }) => {
    if (done === 32) controller.abort(reason);
  };
  const options = { dir, signal: controller.signal, onProgress };
  await assert.rejects(embedTexts(TEXTS, clip, options), reason);
  assert.equal(await stageDone(join(dir, EMBEDDING_FILE)), 32);
});

test("a run of other texts or another CLIP is not continued", async (t) => {
  const dir = temporaryFolder(t);
  await embedTexts(["dog"], clip, { threads: 1, dir });
  const refused = (what: RegExp) => ({ code: "RESUME_MISMATCH", message: what });
  await assert.rejects(
    embedTexts(["cat"], clip, { threads: 1, dir }),
    refused(/another texts\. Remove/),
  );
  await assert.rejects(
    embedTexts(["dog"], tinyClip(2), { threads: 1, dir }),
    refused(/another clip\. Remove/),
  );
});

test("a CLIP without text half or tokenizer, and one of NaN, are refused", async (t) => {
  const dir = temporaryFolder(t);
  const blind = { ...clip, config: { ...clip.config, text: null } };
  await assert.rejects(embedTexts(["dog"], blind, { threads: 1, dir }), { code: "UNSUPPORTED" });
  for (const textTokenizer of ["{", "{}"]) {
    const mute = { ...clip, textTokenizer };
    await assert.rejects(embedTexts(["dog"], mute, { dir }), { code: "BUNDLE_INVALID" });
  }
  const broken = new Map(clip.weights);
  const values = new Float32Array(8 * 6).fill(Number.NaN);
  const bytes = new Uint8Array(values.buffer);
  broken.set("text_projection", { dtype: "float32", shape: [8, 6], bytes });
  await assert.rejects(embedTexts(["dog"], { ...clip, weights: broken }, { threads: 1, dir }), {
    code: "RUNTIME",
    message: /finite/,
  });
});
