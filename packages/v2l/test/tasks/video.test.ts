import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { rejects } from "@v2l/testing";
import sharp from "sharp";
import { countFrames, describeVideo, mergeWords, savePng } from "v2l";
import { temporaryFolder } from "../temporary-folder.js";
import { loadParts, picture } from "../v2l/tiny-v2l.js";

const SIDE = 24;

/** Five pictures, as files in a folder and as an animation that loses nothing (lossless WebP). */
async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const v2l = await loadParts(join(folder, "bundle"));
  t.after(() => v2l.dispose());
  const frames = [0, 1, 2, 3, 4].map((seed) => picture(SIDE, SIDE, 3 * seed + 1));
  const strip = Buffer.concat(frames.map(({ data }) => data));
  const raw = { width: SIDE, height: SIDE * frames.length, channels: 3, pageHeight: SIDE } as const;
  const clip = join(folder, "clip.webp");
  const gif = join(folder, "clip.gif");
  await sharp(strip, { raw }).webp({ lossless: true, loop: 0 }).toFile(clip);
  await sharp(strip, { raw }).gif().toFile(gif);
  const shots = join(folder, "shots");
  await mkdir(shots);
  // Names that an alphabet would put in another order.
  const names = ["8.png", "9.png", "10.png", "11.png", "100.png"];
  for (const [i, frame] of frames.entries()) await savePng(join(shots, names[i] as string), frame);
  await writeFile(join(shots, "notes.txt"), "");
  const words = (await v2l.describe(frames)).map((tokens) => tokens.map(({ word }) => word));
  return { folder, v2l, clip, gif, shots, words };
}

test("an animation and a folder of its frames have the words of the pictures", async (t) => {
  const { v2l, clip, gif, shots, words } = await setUp(t);
  assert.ok(new Set(words.map((one) => one.join())).size > 1, "frames that differ");
  const expected = {
    frames: words.map((one, frame) => ({ frame, words: one })),
    words: mergeWords(words).slice(0, 3),
  };
  assert.deepEqual(await describeVideo(v2l, clip), expected);
  assert.deepEqual(await describeVideo(v2l, shots), expected);
  const frames = (await describeVideo(v2l, gif)).frames;
  assert.deepEqual(
    frames.map(({ frame }) => frame),
    [0, 1, 2, 3, 4],
  );
  assert.deepEqual([await countFrames(gif), await countFrames(clip)], [5, 5]);
});

test("of long videos frames are taken evenly, of a picture its one", async (t) => {
  const { v2l, clip, shots, words } = await setUp(t);
  const taken = await describeVideo(v2l, clip, { maxFrames: 2 });
  // The middles of two stretches of two and a half frames: 1.25 and 3.75.
  assert.deepEqual(
    taken.frames,
    [1, 3].map((frame) => ({ frame, words: words[frame] })),
  );
  const one = await describeVideo(v2l, join(shots, "9.png"));
  assert.deepEqual(one, { frames: [{ frame: 0, words: words[1] }], words: words[1] });
});

test("what is no video is refused", async (t) => {
  const { folder, v2l, clip } = await setUp(t);
  await mkdir(join(folder, "empty"));
  await rejects(describeVideo(v2l, join(folder, "empty")), "INVALID_ARGUMENT", "frames");
  await rejects(describeVideo(v2l, join(folder, "none.gif")), "FILE_NOT_FOUND", "none.gif");
  await rejects(describeVideo(v2l, clip, { maxFrames: 0 }), "INVALID_ARGUMENT", "maxFrames");
  const text = join(folder, "text.gif");
  await copyFile(new URL(import.meta.url), text);
  await rejects(describeVideo(v2l, text), "IMAGE_UNREADABLE", "text.gif");
});
