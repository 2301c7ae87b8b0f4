import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { conformance, maxAbsDifference, readNpy, skipWithout } from "@v2l/testing";
import { type Image, importOfficial, V2L } from "v2l";

// The official checkpoint of random weights, imported and used as any bundle.
const inputs = {
  checkpoint: ["checkpoint-last.pth", "checkpoint-last-discriminator.pth"],
  localCodebook: "local_codebook_embedding.pth",
  globalCodebook: "global_codebook_embedding.pth",
  localVocabulary: "local_vocabulary.npy",
  globalVocabulary: "global_vocabulary.npy",
};
const outputs = ["images", "local_tokens", "global_indices", "global_distance", "decoder_output"];
const skip = skipWithout(
  ...Object.values(inputs).flat(),
  ...outputs.map((name) => `${name}.npy`),
  "global_feature.npy",
);

const PIXELS = 128 * 128 * 3;
const images = (): Image[] => {
  const all = readNpy("images.npy").data as Uint8Array;
  return Array.from({ length: 4 }, (_, n) => ({
    width: 128,
    height: 128,
    data: all.subarray(n * PIXELS, (n + 1) * PIXELS),
  }));
};

let folder = "";
let v2l: V2L;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), "v2l-conformance-"));
  const path = (file: string) => conformance(file) as string;
  const out = join(folder, "official");
  await importOfficial({
    checkpoint: inputs.checkpoint.map(path),
    localCodebook: path(inputs.localCodebook),
    globalCodebook: path(inputs.globalCodebook),
    localVocabulary: path(inputs.localVocabulary),
    globalVocabulary: path(inputs.globalVocabulary),
    clipHeads: 2,
    out,
  });
  v2l = await V2L.load(out);
});

after(async () => {
  if (skip) return;
  await v2l.dispose();
  rmSync(folder, { recursive: true });
});

test("every local and global token equals the official one", { skip }, async () => {
  const tokens = await v2l.encode(images());
  const grids = tokens.flatMap(({ localTokens }) => [...localTokens.grid]);
  assert.deepEqual(grids, [...readNpy("local_tokens.npy").data]);
  const ids = tokens.flatMap(({ globalTokens }) => globalTokens.map(({ id }) => id));
  assert.deepEqual(ids, [...readNpy("global_indices.npy").data]);
});

test("one image at a time gives the same tokens as a batch", { skip }, async () => {
  const [, second] = images();
  const { localTokens, globalTokens } = await v2l.encode(second as Image);
  const [grid, ids] = [readNpy("local_tokens.npy").data, readNpy("global_indices.npy").data];
  assert.deepEqual([...localTokens.grid], [...grid.slice(256, 512)]);
  assert.deepEqual(
    globalTokens.map(({ id }) => id),
    [...ids.slice(21, 42)],
  );
});

test("distances and embeddings equal the official ones", { skip }, async () => {
  const distances = readNpy("global_distance.npy").data;
  const tokens = await v2l.encode(images());
  tokens.forEach(({ globalTokens }, n) => {
    const wanted = globalTokens.map(({ id }) => distances[n * 300 + id] as number);
    const got = globalTokens.map(({ distance }) => distance);
    assert.ok(maxAbsDifference(got, wanted) <= 5e-5);
  });
  const features = (await v2l.embedImage(images())).flatMap((row) => [...row]);
  assert.ok(maxAbsDifference(features, readNpy("global_feature.npy").data) <= 2e-5);
});

test("decoded pictures equal the official decoder's", { skip }, async () => {
  const tokens = await v2l.encode(images());
  const planes = await v2l.decodePlanes(tokens);
  const wanted = readNpy("decoder_output.npy").data;
  let square = 0;
  for (let i = 0; i < planes.length; i++) {
    square += ((planes[i] as number) - (wanted[i] as number)) ** 2;
  }
  const rms = Math.sqrt(square / planes.length);
  assert.ok(maxAbsDifference(planes, wanted) <= 3e-4, `max ${maxAbsDifference(planes, wanted)}`);
  assert.ok(rms <= 3e-5, `rms ${rms}`);
  const bytes = (await v2l.decode(tokens)).map(({ data }) => data[0]);
  const first = Array.from({ length: 4 }, (_, n) => wanted[n * PIXELS] as number);
  first.forEach((value, n) => {
    const byte = Math.min(255, Math.max(0, (value + 1) * 127.5));
    assert.ok(Math.abs((bytes[n] as number) - byte) <= 0.55, `${bytes[n]} is not ${byte}`);
  });
});
