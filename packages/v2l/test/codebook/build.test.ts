import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { toFloat16, toFloat32 } from "@v2l/nn";
import {
  buildCodebooks,
  codebookWords,
  EMBEDDING_FILE,
  openClip,
  openFoundation,
  readSafetensors,
  VOTES_FILE,
} from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { noisePictures, TEXTS, tinyClip } from "./tiny-clip.js";

const clip = tinyClip();
const images = noisePictures(40);
test("both codebooks are rows of the embedding, the global one those with enough votes", async (t) => {
  const dir = temporaryFolder(t);
  const options = { dir, threads: 1, votesEach: 3, votesNeeded: 4 };
  const summary = await buildCodebooks(TEXTS, clip, images, options);
  const { local, global, llm } = await openFoundation(dir);
  assert.deepEqual(llm, TEXTS.llm);
  assert.deepEqual(local.vocabulary, TEXTS.pieces);
  const embedding = (await readSafetensors(join(dir, EMBEDDING_FILE))).weights.get("embedding");
  const votes = (await readSafetensors(join(dir, VOTES_FILE))).weights.get("votes");
  assert.ok(embedding && votes);
  const rows = toFloat32(embedding);
  const words = codebookWords(TEXTS);
  assert.deepEqual(words.slice(0, 3), ["<s>", "dog", "in"]);
  const half = (wanted: readonly string[]) => {
    const values = wanted.flatMap((word) => {
      const row = words.indexOf(word);
      return [...rows.subarray(row * 6, (row + 1) * 6)];
    });
    return toFloat16(Float32Array.from(values), [wanted.length, 6]);
  };
  assert.deepEqual(local.embedding, half(TEXTS.subwords));
  const counts = toFloat32(votes);
  const kept = TEXTS.candidates.filter((_, i) => (counts[i] as number) > 4);
  assert.ok(kept.length > 0 && kept.length < TEXTS.candidates.length);
  assert.deepEqual(global.vocabulary, kept);
  assert.deepEqual(global.embedding, half(kept));
  assert.deepEqual(
    [summary.localEntries, summary.candidates, summary.globalEntries],
    [4, 92, kept.length],
  );
  assert.deepEqual((await openClip(dir)).weights, clip.weights);
});

test("another threshold needs no image again; one that nothing passes is refused", async (t) => {
  const dir = temporaryFolder(t);
  const pictures = noisePictures(40);
  await buildCodebooks(TEXTS, clip, pictures, { threads: 1, dir, votesNeeded: 0 });
  const many = (await openFoundation(dir)).global.vocabulary.length;
  pictures.loaded.length = 0;
  const { embedding } = await buildCodebooks(TEXTS, clip, pictures, {
    threads: 1,
    dir,
    votesNeeded: 5,
  });
  assert.deepEqual([pictures.loaded.length, embedding.embedded], [0, 0]);
  assert.ok((await openFoundation(dir)).global.vocabulary.length < many);
  await assert.rejects(
    buildCodebooks(TEXTS, clip, pictures, { threads: 1, dir, votesNeeded: 40 }),
    {
      code: "INVALID_ARGUMENT",
      message: /more than 40 votes .* Lower votesNeeded/,
    },
  );
});

test("entries that hold a word that is left out do not stay, whatever their votes", async (t) => {
  const dir = temporaryFolder(t);
  const options = { dir, threads: 1, votesNeeded: 0 };
  await buildCodebooks(TEXTS, clip, images, options);
  const all = (await openFoundation(dir)).global.vocabulary;
  const [first = ""] = all.filter((entry) => entry.includes(" "));
  const [word = ""] = first.split(" ");
  await buildCodebooks(TEXTS, clip, images, { ...options, without: [word] });
  const left = (await openFoundation(dir)).global.vocabulary;
  assert.deepEqual(
    left,
    all.filter((entry) => !entry.split(" ").includes(word)),
  );
  assert.ok(first !== "" && left.length < all.length);
});

test("processes that are killed again and again end with the files of an undisturbed one", async (t) => {
  const [calm, killed] = [temporaryFolder(t), temporaryFolder(t)];
  await buildCodebooks(TEXTS, clip, images, { threads: 1, dir: calm, votesNeeded: 4 });
  const script = new URL("./build-slowly.js", import.meta.url);
  let kills = 0;
  for (; !existsSync(join(killed, "foundation.json")) && kills < 50; kills++) {
    const child = spawn(process.execPath, [script.pathname, killed], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    child.stdout.on("data", () => child.kill("SIGKILL"));
    await exited;
  }
  assert.ok(kills >= 4, `${kills} processes`); // 7 where each ends after one of 6 steps
  for (const file of [EMBEDDING_FILE, VOTES_FILE, "codebooks.safetensors", "foundation.json"]) {
    assert.ok(readFileSync(join(killed, file)).equals(readFileSync(join(calm, file))), file);
  }
});
