import assert from "node:assert/strict";
import { mkdir, readdir, readFile, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { V2LError } from "@v2l/nn";
import { rejects } from "@v2l/testing";
import { manifestDigest } from "../src/bundle/validate-manifest.js";
import { type BundleManifest, openBundle, writeBundle } from "../src/index.js";
import { temporaryFolder } from "./temporary-folder.js";
import { tinyParts } from "./tiny-bundle.js";

async function writeTiny(t: TestContext): Promise<{ folder: string; manifest: BundleManifest }> {
  const folder = join(temporaryFolder(t), "tiny");
  return { folder, manifest: await writeBundle(folder, tinyParts()) };
}

async function editManifest(folder: string, edit: (manifest: BundleManifest) => void) {
  const path = join(folder, "v2l.json");
  const manifest = JSON.parse(await readFile(path, "utf8"));
  edit(manifest);
  manifest.manifestSha256 = manifestDigest(manifest);
  await writeFile(path, JSON.stringify(manifest));
}

test("a bundle gives back the parts it was written from", async (t) => {
  const { folder, manifest } = await writeTiny(t);
  const parts = tinyParts();
  const bundle = await openBundle(folder);
  assert.deepEqual(bundle.manifest, manifest);
  // 16 pixels, one downsampling.
  assert.deepEqual(manifest.grid, { height: 8, width: 8 });
  assert.deepEqual(await bundle.tokenizer(), parts.tokenizer.weights);
  assert.deepEqual(await bundle.discriminator(), parts.discriminator);
  assert.deepEqual(await bundle.clip(), parts.clip.weights);
  assert.deepEqual(await bundle.codebook("local"), parts.localCodebook);
  assert.deepEqual(await bundle.codebook("global"), parts.globalCodebook);
  assert.deepEqual(await bundle.textTokenizer(), { version: "1.0" });
  assert.equal(await readFile(join(folder, "README.md"), "utf8"), "# Tiny\n");
});

test("a flipped byte in any file is found and the file is named", async (t) => {
  const { folder, manifest } = await writeTiny(t);
  for (const name of Object.keys(manifest.files)) {
    const path = join(folder, name);
    const bytes = await readFile(path);
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      await writeFile(path, changed);
      await rejects(openBundle(folder), "BUNDLE_CORRUPT", name);
    }
    await writeFile(path, bytes);
  }
  await openBundle(folder);
});

test("a flipped byte in the manifest is found wherever it is", async (t) => {
  const { folder } = await writeTiny(t);
  const path = join(folder, "v2l.json");
  const bytes = await readFile(path);
  for (let at = 0; at < bytes.length - 1; at += 7) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    await writeFile(path, changed);
    await assert.rejects(openBundle(folder), V2LError, `byte ${at}`);
  }
});

test("missing, cut and lengthened files are named", async (t) => {
  const { folder } = await writeTiny(t);
  await writeFile(join(folder, "local-vocabulary.json"), "[]");
  await rejects(openBundle(folder), "BUNDLE_CORRUPT", "local-vocabulary.json");
  const again = await writeTiny(t);
  await truncate(join(again.folder, "clip.safetensors"), 100);
  await rejects(openBundle(again.folder), "BUNDLE_CORRUPT", "clip.safetensors", "100 bytes");
  await unlink(join(again.folder, "clip.safetensors"));
  await rejects(openBundle(again.folder), "BUNDLE_CORRUPT", "clip.safetensors");
});

test("every problem of a manifest is listed", async (t) => {
  const { folder } = await writeTiny(t);
  await editManifest(folder, (manifest) => {
    Object.assign(manifest, { name: "", image: { size: -1 }, attributes: ["red", ""] });
    Object.assign(manifest.clip, { preprocess: "other" });
    Object.assign(manifest.tokenizer.config, { chMult: "1,2" });
  });
  await rejects(
    openBundle(folder),
    "BUNDLE_INVALID",
    "name: expected a text",
    "image.size: expected a positive integer, received -1",
    "clip.preprocess",
    "attributes: expected a list of texts",
    "tokenizer.config.chMult",
  );
});

test("sizes that contradict each other are refused", async (t) => {
  const { folder } = await writeTiny(t);
  await editManifest(folder, (manifest) => {
    Object.assign(manifest, { grid: { height: 8, width: 4 } });
    Object.assign(manifest.codebooks.global, { words: 8 });
  });
  await rejects(openBundle(folder), "BUNDLE_INVALID", "grid: ", "codebooks.global.words: ");
});

test("file names cannot leave the bundle", async (t) => {
  const { folder } = await writeTiny(t);
  await editManifest(folder, (manifest) => {
    Object.assign(manifest.files, { "../outside": { sha256: "0".repeat(64), bytes: 1 } });
  });
  await rejects(openBundle(folder), "BUNDLE_INVALID", "../outside");
});

test("other folders and newer versions are refused", async (t) => {
  const { folder } = await writeTiny(t);
  await editManifest(folder, (manifest) => Object.assign(manifest, { version: 2 }));
  await rejects(openBundle(folder), "BUNDLE_INVALID", "version 1", "received 2");
  await rejects(openBundle(temporaryFolder(t)), "FILE_NOT_FOUND", "v2l.json");
});

test("parts that do not fit leave nothing behind", async (t) => {
  const parent = temporaryFolder(t);
  const parts = tinyParts();
  const weights = new Map(parts.tokenizer.weights);
  weights.delete("encoder.conv_in.weight");
  await rejects(
    writeBundle(join(parent, "a"), { ...parts, tokenizer: { ...parts.tokenizer, weights } }),
    "CHECKPOINT_MISMATCH",
    "missing encoder.conv_in.weight",
  );
  const vocabulary = parts.globalCodebook.vocabulary.slice(1);
  await rejects(
    writeBundle(join(parent, "b"), {
      ...parts,
      globalCodebook: { ...parts.globalCodebook, vocabulary },
    }),
    "BUNDLE_INVALID",
    "global codebook",
  );
  assert.deepEqual(await readdir(parent), []);
});

test("only a bundle is overwritten, and only on request", async (t) => {
  const folder = join(temporaryFolder(t), "tiny");
  await mkdir(folder);
  await writeFile(join(folder, "precious.txt"), "x");
  await rejects(writeBundle(folder, tinyParts(), { overwrite: true }), "INVALID_ARGUMENT", folder);
  assert.deepEqual(await readdir(folder), ["precious.txt"]);
  await unlink(join(folder, "precious.txt"));
  await writeBundle(folder, tinyParts());
  await rejects(writeBundle(folder, tinyParts()), "INVALID_ARGUMENT", folder);
  await writeBundle(folder, { ...tinyParts(), name: "second" }, { overwrite: true });
  assert.equal((await openBundle(folder)).manifest.name, "second");
  assert.deepEqual(await readdir(join(folder, "..")), ["tiny"]);
});
