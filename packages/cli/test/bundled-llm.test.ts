import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type BundleParts, openBundle, writeBundle } from "v2l";
import { picture, temporaryFolder, tinyParts, v2l } from "./support.js";
import { TINY_PIECES, tinyLlama } from "./tiny-llama.js";

/** The tiny parts with a language model and as many local tokens as that has. */
async function partsWithModel(folder: string): Promise<BundleParts> {
  const llmFile = await tinyLlama(join(folder, "model.gguf"));
  return { ...tinyParts(TINY_PIECES), llm: { reference: "tiny" }, llmFile };
}

async function writeParts(t: TestContext) {
  const folder = temporaryFolder(t);
  const parts = await partsWithModel(folder);
  const bundle = join(folder, "bundle");
  return { folder, parts, bundle, manifest: await writeBundle(bundle, parts) };
}

test("a command reads with the language model of its bundle", async (t) => {
  const { folder, parts, bundle, manifest } = await writeParts(t);
  assert.equal(manifest.llm?.file, "llm.gguf");
  assert.match(manifest.llm?.vocabularyHash ?? "", /^[0-9a-f]{64}$/);
  const copy = await readFile(join(bundle, "llm.gguf"));
  assert.ok(copy.equals(await readFile(parts.llmFile as string)));

  const animals = join(folder, "animals");
  for (const [seed, name] of ["cat", "dog"].entries()) {
    await mkdir(join(animals, name), { recursive: true });
    await picture(join(animals, name, "1.png"), seed + 1);
  }
  const query = await picture(join(folder, "query.png"), 9);
  const words = ["classify", query, "--examples", animals, "--bundle", bundle, "--json"];
  const own = await v2l([...words, "--quiet"]);
  assert.equal(own.status, 0, own.stderr);
  const named = await v2l([...words, "--quiet", "--llm", parts.llmFile as string]);
  assert.deepEqual(JSON.parse(own.stdout).results, JSON.parse(named.stdout).results);
});

test("a changed language model is found when its bundle is opened", async (t) => {
  const { bundle } = await writeParts(t);
  await appendFile(join(bundle, "llm.gguf"), "x");
  await assert.rejects(openBundle(bundle), { code: "BUNDLE_CORRUPT", message: /llm\.gguf/ });
});

test("a language model of another vocabulary is refused, and nothing is written", async (t) => {
  const folder = temporaryFolder(t);
  const parts = await partsWithModel(folder);
  const target = join(folder, "bundle");
  const other = { reference: "other", vocabularyHash: "0".repeat(64) };
  await assert.rejects(writeBundle(target, { ...parts, llm: other }), {
    code: "VOCABULARY_MISMATCH",
    message: /0{64}.*but received [0-9a-f]{64}/,
  });
  const { localCodebook } = tinyParts();
  await assert.rejects(writeBundle(target, { ...parts, localCodebook }), {
    code: "VOCABULARY_MISMATCH",
    message: /12 tokens.*but received 260/,
  });
  assert.equal(existsSync(target), false);
});
