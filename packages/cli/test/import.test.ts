import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { conformance, readNpy, skipWithout } from "@v2l/testing";
import sharp from "sharp";
import { temporaryFolder, v2l } from "./support.js";

const skip = skipWithout("checkpoint-last.pth", "checkpoint-last-discriminator.pth", "images.npy");

test("official files, imported, give the official token ids", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const bundle = join(folder, "bundle");
  const file = (name: string) => conformance(name) as string;
  const parts = [file("checkpoint-last.pth"), file("checkpoint-last-discriminator.pth")];
  // Two heads: conformance/README.md, section 1; shapes do not tell.
  const options = ["--codebooks", file(""), "--clip-heads", "2", "--llm", "llama-2", "--json"];
  const words = ["import", ...parts, ...options, "--out", bundle];
  const imported = await v2l(words);
  assert.equal(imported.status, 0, imported.stderr);
  const { manifest } = JSON.parse(imported.stdout);
  assert.deepEqual(manifest.llm, { reference: "llama-2" });
  assert.ok(manifest.discriminator);

  // conformance/README.md, section 2: outputs of the official code on these four pictures.
  const { data: pixels } = readNpy("images.npy");
  const local = readNpy("local_tokens.npy").data;
  const global = readNpy("global_indices.npy").data;
  const images = await Promise.all(
    [0, 1, 2, 3].map(async (n) => {
      const path = join(folder, `${n}.png`);
      const bytes = Buffer.from(pixels.subarray(n * 128 * 128 * 3, (n + 1) * 128 * 128 * 3));
      await sharp(bytes, { raw: { width: 128, height: 128, channels: 3 } }).toFile(path);
      return path;
    }),
  );
  const { stdout } = await v2l(["tokenize", ...images, "--bundle", bundle, "--json"]);
  const documents = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const ids = (list: { id: number }[]) => list.map(({ id }) => id);
  assert.deepEqual(
    documents.flatMap(({ localTokens }) => localTokens.grid),
    [...local],
  );
  assert.deepEqual(
    documents.flatMap(({ globalTokens }) => ids(globalTokens)),
    [...global],
  );

  const again = await v2l(words);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /^error \[INVALID_ARGUMENT\]: .*which has content/);
  assert.equal((await v2l([...words, "--overwrite"])).status, 0);
});
