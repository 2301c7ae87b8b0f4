import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Random } from "@v2l/nn";
import { ClipSessions } from "@v2l/onnx";
import { clipInput, countVotes, folderImages, savePng, VOTES_FILE } from "../../src/index.js";
import { temporaryFolder } from "../temporary-folder.js";
import { dot, noisePictures, TINY_CONFIG, tinyClip } from "./tiny-clip.js";

const clip = tinyClip();
const random = new Random(5);
const CANDIDATES = Array.from({ length: 40 }, (_, i) => `word ${i}`);
const ROWS = Float32Array.from({ length: 40 * 6 }, () => random.normal());

test("each image votes for the entries with the largest dot products", async (t) => {
  const images = noisePictures(37);
  const votes = await countVotes(images, CANDIDATES, ROWS, clip, {
    threads: 1,
    dir: temporaryFolder(t),
  });
  // The same by a full sort, image by image.
  const naive = new Array<number>(40).fill(0);
  using sessions = await ClipSessions.create({ ...clip, globalCodebook: null, halves: ["image"] });
  for (let i = 0; i < images.length; i++) {
    const { imageSize } = TINY_CONFIG.vision;
    const { features } = await sessions.encodeImage(clipInput(await images.item(i), imageSize));
    const products = CANDIDATES.map((_, c) => dot(features, ROWS.subarray(c * 6, (c + 1) * 6)));
    const order = products.map((_, c) => c).sort((a, b) => (products[b] ?? 0) - (products[a] ?? 0));
    for (const chosen of order.slice(0, 5)) naive[chosen] = (naive[chosen] as number) + 1;
  }
  assert.deepEqual([...votes], naive);
  assert.equal(
    naive.reduce((sum, count) => sum + count),
    37 * 5,
  );
});

test("a killed count goes on from its last save: no image votes twice, batch size is no matter", async (t) => {
  const whole = temporaryFolder(t);
  const saves: string[] = [];
  const onProgress = ({ done }: { done: number }) => {
    const dir = join(whole, `killed at ${done}`);
    mkdirSync(dir);
    const file = join(whole, VOTES_FILE);
    if (existsSync(file)) copyFileSync(file, join(dir, VOTES_FILE));
    saves.push(dir);
  };
  const options = { saveEvery: 0, onProgress };
  await countVotes(noisePictures(37), CANDIDATES, ROWS, clip, {
    threads: 1,
    dir: whole,
    ...options,
  });
  assert.equal(saves.length, 4); // 0, 16, 32 and 37 of 37
  const expected = readFileSync(join(whole, VOTES_FILE));
  for (const [i, dir] of saves.entries()) {
    const images = noisePictures(37);
    await countVotes(images, CANDIDATES, ROWS, clip, { threads: 1, dir, batchSize: 100 });
    assert.equal(images.loaded.length, 37 - Math.min(16 * i, 37));
    assert.ok(readFileSync(join(dir, VOTES_FILE)).equals(expected), dir);
  }
});

test("an image that fails leaves the count of those before it, and costs no vote when mended", async (t) => {
  const dir = temporaryFolder(t);
  const images = noisePictures(37);
  const broken = {
    ...images,
    item: (index: number) =>
      index === 20 ? Promise.reject(new Error("unreadable")) : images.item(index),
  };
  await assert.rejects(
    countVotes(broken, CANDIDATES, ROWS, clip, { threads: 1, dir }),
    /unreadable/,
  );
  const votes = await countVotes(images, CANDIDATES, ROWS, clip, { threads: 1, dir });
  const fresh = await countVotes(images, CANDIDATES, ROWS, clip, {
    threads: 1,
    dir: temporaryFolder(t),
  });
  assert.deepEqual(votes, fresh);
});

test("more votes than candidates, and other images or votes than before, are refused", async (t) => {
  const dir = temporaryFolder(t);
  const count = (seed: number, votesEach: number) =>
    countVotes(noisePictures(3, seed), CANDIDATES, ROWS, clip, { threads: 1, dir, votesEach });
  for (const votesEach of [0, 41, 1.5]) {
    await assert.rejects(count(1, votesEach), { code: "INVALID_ARGUMENT" });
  }
  await count(1, 40);
  await assert.rejects(count(2, 40), { code: "RESUME_MISMATCH", message: /another images\./ });
  await assert.rejects(count(1, 5), { code: "RESUME_MISMATCH", message: /another votesEach\./ });
});

test("a folder of pictures is told by paths and sizes, in the order of the paths", async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(folderImages(folder), { code: "FILE_NOT_FOUND" });
  const pictures = noisePictures(3);
  await savePng(join(folder, "b.png"), await pictures.item(1));
  await savePng(join(folder, "a", "c.png"), await pictures.item(0));
  const images = await folderImages(folder);
  assert.equal(images.length, 2);
  assert.deepEqual([...(await images.item(0)).data], [...(await pictures.item(0)).data]);
  assert.equal((await folderImages(folder)).id, images.id);
  await savePng(join(folder, "d.png"), await pictures.item(2));
  assert.notEqual((await folderImages(folder)).id, images.id);
});
