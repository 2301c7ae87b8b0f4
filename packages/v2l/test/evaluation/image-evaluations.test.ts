import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "@v2l/testing";
import {
  type CodebookMeasured,
  type EvaluatedImages,
  ExactMoments,
  entryKinds,
  folderSet,
  frechetDistance,
  type Image,
  type ImageRunOptions,
  meanOf,
  measureCodebook,
  measureReconstruction,
  parseShard,
  psnrY,
  type ReconstructionPart,
  reconstructionSamples,
  savePng,
  ssim,
  summarizeCodebook,
  summarizeReconstruction,
  type V2L,
} from "v2l";
import { loadParts, picture } from "../v2l/tiny-v2l.js";

const PERCEPTION = { networks: [] };
/** More than a batch of 32. */
const COUNT = 35;

interface Prepared {
  readonly v2l: V2L;
  /** Holds `images`. */
  readonly folder: string;
  readonly images: EvaluatedImages;
  /** Options of a run with a cache of its own. */
  run(name: string): ImageRunOptions;
}

async function prepare(t: TestContext): Promise<Prepared> {
  const folder = temporaryFolder(t);
  const v2l = await loadParts(join(folder, "bundle"));
  t.after(() => v2l.dispose());
  for (let i = 0; i < COUNT; i++) {
    const name = `${String(i).padStart(2, "0")}.png`;
    await savePng(join(folder, "images", name), picture(20 + i, 24, i));
  }
  const images = await folderSet(join(folder, "images"));
  const run = (name: string) => ({ cache: join(folder, name), identity: { seed: 1 } });
  return { v2l, folder, images, run };
}

test("figures are those of each picture beside its reconstruction and the baselines", async (t) => {
  const { v2l, images, run } = await prepare(t);
  const parts = await measureReconstruction(v2l, [images], PERCEPTION, run("cache"));
  const [set] = summarizeReconstruction([parts]).sets;
  const pictures: { original: Image; reconstruction: Image }[] = [];
  for (let i = 0; i < COUNT; i++) pictures.push(await v2l.reconstruct(await images.item(i)));
  const rows = new Map(set?.rows.map((row) => [row.system, row]));
  const reconstruction = rows.get("reconstruction");
  assert.deepEqual(
    reconstruction?.psnr,
    meanOf(pictures.map((one) => psnrY(one.reconstruction, one.original))),
  );
  assert.deepEqual(
    reconstruction?.ssim,
    meanOf(pictures.map((one) => ssim(one.reconstruction, one.original))),
  );
  assert.equal(reconstruction?.lpips, null);
  // The distance from features that were not rounded.
  const embeddings = async (which: "original" | "reconstruction") => {
    const rows = await v2l.embedImage(pictures.map((one) => one[which]));
    const moments = ExactMoments.of(8, 26);
    for (const row of rows) moments.add(row);
    return { rows, moments };
  };
  const [original, again] = [await embeddings("original"), await embeddings("reconstruction")];
  const distance = frechetDistance(original.moments, again.moments);
  assert.ok(Math.abs((reconstruction?.frechet.CLIP ?? 0) - distance) < 1e-4 * distance);
  const cosines = original.rows.map((row, i) => {
    return row.reduce((sum, value, d) => sum + value * (again.rows[i]?.[d] ?? 0), 0);
  });
  const { mean } = meanOf(cosines);
  assert.ok(Math.abs((reconstruction?.clipSimilarity.mean ?? 0) - mean) < 1e-6);
  assert.equal(set?.use.local.tokens, COUNT * 64);
  assert.equal(set?.use.global.tokens, COUNT * 3);
});

test("a picture of one colour is its own mean colour, and what it shrinks to", async (t) => {
  const { v2l, run } = await prepare(t);
  const plain = (shade: number) => ({
    width: 16,
    height: 16,
    data: new Uint8Array(16 * 16 * 3).fill(shade),
  });
  const set = { id: "plain", name: "plain", length: 2, item: async (i: number) => plain(40 * i) };
  const parts = await measureReconstruction(v2l, [set], PERCEPTION, run("cache"));
  const rows = summarizeReconstruction([parts]).sets[0]?.rows ?? [];
  for (const row of rows.filter(({ system }) => system !== "reconstruction")) {
    // 10 log10(1 / 1e-8): the official PSNR of equal pictures.
    assert.ok(Math.abs(row.psnr.mean - 80) < 1e-9, row.system);
    assert.ok(Math.abs(row.ssim.mean - 1) < 1e-9);
    assert.ok(Math.abs(row.frechet.CLIP ?? 1) < 1e-9);
  }
  const none = { ...set, length: 1 };
  await assert.rejects(measureReconstruction(v2l, [none], PERCEPTION, run("cache")), {
    code: "INVALID_ARGUMENT",
    message: /at least two images/,
  });
});

test("shards of a reconstruction put together are the whole, to the last bit", async (t) => {
  const { v2l, images, run } = await prepare(t);
  // Distances and classes of networks that the test makes up.
  const perception = {
    networks: [{ name: "fake", features: 3, classes: 2, bits: 14, measure: seeBytes }],
    distances: async (pairs: readonly (readonly [Image, Image])[]) => {
      return pairs.map(([a, b]) => Math.abs((a.data[0] ?? 0) - (b.data[0] ?? 0)) / 255);
    },
  };
  const whole = [await measureReconstruction(v2l, [images], perception, run("whole"))];
  const shards: (readonly ReconstructionPart[])[] = [];
  for (const text of ["1/3", "2/3", "3/3"]) {
    const options = { ...run("shards"), shard: parseShard(text) };
    const parts = await measureReconstruction(v2l, [images], perception, options);
    shards.push(JSON.parse(JSON.stringify(parts)));
  }
  assert.deepEqual(
    shards.map((parts) => parts[0]?.images.length),
    [12, 12, 11],
  );
  const result = summarizeReconstruction(whole);
  assert.deepEqual(summarizeReconstruction(shards), result);
  assert.deepEqual(reconstructionSamples(shards), reconstructionSamples(whole));
  const [set] = result.sets;
  assert.ok((set?.rows[0]?.lpips?.mean ?? 0) > 0);
  assert.ok((set?.rows[0]?.frechet.fake ?? 0) > 0);
  assert.ok((set?.scores.fake?.original?.mean ?? 0) >= 1);
});

/** Three features and two probabilities of a picture's first bytes. */
async function seeBytes(images: readonly Image[]): Promise<Float32Array[]> {
  return images.map(({ data }) => {
    const [a = 0, b = 0, c = 0] = [...data.subarray(0, 3)].map((byte) => byte / 255);
    const p = (1 + a) / 3;
    return Float32Array.of(a, b, c, p, 1 - p);
  });
}

test("a killed run goes on where it was, and measures nothing twice", async (t) => {
  const { v2l, folder, images, run } = await prepare(t);
  const whole = await measureReconstruction(v2l, [images], PERCEPTION, run("whole"));
  await measureReconstruction(v2l, [images], PERCEPTION, run("cache"));
  // What a run leaves that was killed in its second batch, while it wrote.
  const name = readdirSync(join(folder, "cache")).find((file) => file.endsWith(".jsonl")) ?? "";
  const journal = join(folder, "cache", name);
  const lines = readFileSync(journal, "utf8").split("\n");
  truncateSync(journal, lines.slice(0, 32).join("\n").length + 20);
  // Image 1 is none of those to look at; a run that read it again would fail.
  const file = join(folder, "images", "01.png");
  writeFileSync(file, Buffer.alloc(statSync(file).size));
  const done: number[] = [];
  const onProgress = (_: string, count: number) => void done.push(count);
  const options = { ...run("cache"), onProgress };
  assert.deepEqual(await measureReconstruction(v2l, [images], PERCEPTION, options), whole);
  assert.deepEqual(done, [COUNT]);
  const fresh = { ...run("cache"), fresh: true };
  await assert.rejects(measureReconstruction(v2l, [images], PERCEPTION, fresh), {
    code: "IMAGE_UNREADABLE",
  });
});

test("an aborted run ends with what it was aborted for, and leaves its first batch", async (t) => {
  const { v2l, folder, images, run } = await prepare(t);
  const stop = new AbortController();
  const stopped = measureReconstruction(v2l, [images], PERCEPTION, {
    ...run("cache"),
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(stopped, { name: "AbortError" });
  const name = readdirSync(join(folder, "cache")).find((file) => file.endsWith(".jsonl")) ?? "";
  const lines = readFileSync(join(folder, "cache", name), "utf8")
    .trimEnd()
    .split("\n");
  assert.equal(lines.length, 32);
});

const LOCAL = ["▁dog", "cat", "s", "fish"];
const GLOBAL = ["dog", "cats", "dog cats", "catfishdogs", "s", "x", "fish"];

test("naming and use are counted over the words that images have, also in shards", async (t) => {
  const { v2l, images, run } = await prepare(t);
  const entries = { local: [...LOCAL, ...new Array(8).fill("")], global: GLOBAL };
  const described: string[][] = [];
  for (let i = 0; i < COUNT; i++) {
    const words = await v2l.describe(await images.item(i));
    described.push(words.map(({ id }) => GLOBAL[id] as string));
  }
  // Every image shows what its second word names, and nothing else.
  const names = (index: number, word: string) => word === described[index]?.[1];
  const known = { ...images, names };
  const whole = await measureCodebook(v2l, entries, [known], run("whole"));
  const { sets } = summarizeCodebook([whole]);
  const [set] = sets;
  const [one, five] = set?.naming ?? [];
  // Of the first word none; of five words, which are three here, one.
  assert.deepEqual([one?.own.share, one?.own.of], [0, COUNT]);
  assert.deepEqual([five?.own.share, five?.own.of], [1 / 3, 3 * COUNT]);
  assert.ok(Math.abs((five?.chance ?? 0) - 1 / 7) < 1e-12);
  const half = Math.floor(COUNT / 2);
  const others = described.filter((words, i) => {
    return words.includes(described[(i + half) % COUNT]?.[1] as string);
  });
  assert.equal(five?.other.share, others.length / (3 * COUNT));
  const counts = GLOBAL.map((word) => described.flat().filter((one) => one === word).length);
  assert.deepEqual(set?.counts.global, counts);
  const most = Math.max(...counts);
  assert.equal(set?.words.most[0]?.count, most);
  assert.equal(set?.words.most[0]?.word, GLOBAL[counts.indexOf(most)]);

  const shards: CodebookMeasured[] = [];
  for (const text of ["1/2", "2/2"]) {
    const options = { ...run("shards"), shard: parseShard(text) };
    shards.push(await measureCodebook(v2l, entries, [known], options));
  }
  assert.deepEqual(summarizeCodebook(JSON.parse(JSON.stringify(shards))), { sets });
});

test("several sets are summed up all together", async (t) => {
  const { v2l, images, run } = await prepare(t);
  const entries = { local: new Array(12).fill(""), global: GLOBAL };
  const two = [images, { ...images, name: "again" }];
  const { sets } = summarizeCodebook([await measureCodebook(v2l, entries, two, run("cache"))]);
  const [first, , all] = sets;
  assert.deepEqual(
    sets.map((set) => [set.set, set.images]),
    [
      ["folder", COUNT],
      ["again", COUNT],
      ["all together", 2 * COUNT],
    ],
  );
  assert.deepEqual(
    all?.counts.local,
    first?.counts.local.map((count) => 2 * count),
  );
  assert.equal(all?.global.perplexity, first?.global.perplexity);
  assert.deepEqual(all?.naming, []);
});

test("entries are told by the fewest pieces that give them", () => {
  assert.deepEqual(entryKinds(GLOBAL, LOCAL), [
    "subword",
    "bigram",
    "trigram",
    "longer",
    "subword",
    "longer",
    "subword",
  ]);
});

test("a folder, ImageNet's validation images, a list, and some of many", async (t) => {
  const { folder } = await prepare(t);
  const images = join(folder, "images");
  const root = join(folder, "imagenet");
  const copies = [
    ["train/n01440764/a.png", "00.png"],
    ["val/n01440764/b.png", "01.png"],
    ["val/n01443537/c.png", "02.png"],
  ] as const;
  for (const [to, from] of copies) {
    mkdirSync(join(root, to, ".."), { recursive: true });
    cpSync(join(images, from), join(root, to));
  }
  const widths = async (set: EvaluatedImages) => {
    const all = [];
    for (let i = 0; i < set.length; i++) all.push((await set.item(i)).width);
    return all;
  };
  // Picture i is 20 + i pixels wide.
  assert.deepEqual(await widths(await folderSet(root)), [21, 22]);
  const list = join(folder, "class_labels.txt");
  writeFileSync(list, "val/n01443537/c.png,1\r\ntrain/n01440764/a.png,0\n\n");
  assert.deepEqual(await widths(await folderSet(root, { list })), [22, 20]);
  assert.deepEqual(await widths(await folderSet(images, { count: 5 })), [20, 27, 34, 41, 48]);
  assert.notEqual((await folderSet(images, { count: 5 })).id, (await folderSet(images)).id);

  writeFileSync(list, "../secret.png\n");
  await assert.rejects(folderSet(root, { list }), { code: "INVALID_ARGUMENT", message: /inside/ });
  writeFileSync(list, "val/missing.png\n");
  await assert.rejects(folderSet(root, { list }), { code: "FILE_NOT_FOUND" });
  writeFileSync(list, "\n");
  await assert.rejects(folderSet(root, { list }), { code: "INVALID_ARGUMENT" });
  await assert.rejects(folderSet(join(folder, "nothing")), { code: "FILE_NOT_FOUND" });
});
