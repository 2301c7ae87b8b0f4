import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withUnchangedModel } from "../src/inputs/unchanged-model.js";
import { temporaryFolder, tinyBundle, v2l } from "./support.js";
import { tinyLlama } from "./tiny-llama.js";

test("eval caption and eval vqa report figures, configuration and hashes", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const given = ["--bundle", bundle, "--llm", llm, "--threads", "1", "--quiet"];
  const small = ["--images", "2", "--pool", "3", "--shots", "1", "--words", "2"];
  const words = [...given, ...small, "--cache", join(folder, "cache")];

  const captions = await v2l(["eval", "caption", ...words, "--json"]);
  assert.equal(captions.status, 0, captions.stderr);
  const value = JSON.parse(captions.stdout);
  assert.deepEqual(value.config, {
    split: "test",
    images: 2,
    pool: 3,
    shots: 1,
    choose: "similar",
    words: 2,
    seed: 0,
  });
  assert.equal(value.llm.sha256, createHash("sha256").update(readFileSync(llm)).digest("hex"));
  assert.equal(value.bundle.name, "tiny");
  assert.equal(value.results.length, 6 * 3);
  const systems = new Set(value.results.map(({ system }: { system: string }) => system));
  assert.ok(systems.has("random weights"));

  const answers = await v2l(["eval", "vqa", ...words]);
  assert.equal(answers.status, 0, answers.stderr);
  assert.match(
    answers.stdout,
    /^\| Answers by \| what \| where \|.*\n\| --- .*\n\| language model \|/,
  );
  assert.equal(answers.stdout.trimEnd().split("\n").length, 2 + 8 + 2);
});

test("a language model whose file changes under evaluation is an error", async (t) => {
  const file = join(temporaryFolder(t), "model.gguf");
  writeFileSync(file, "abc");
  // SHA-256 of `abc`, FIPS 180-2.
  const { result, sha256 } = await withUnchangedModel(file, async () => 7);
  assert.equal(result, 7);
  assert.equal(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const trained = withUnchangedModel(file, async () => writeFileSync(file, "abd"));
  await assert.rejects(trained, { code: "MODEL_UNREADABLE", message: /SHA-256 ba7816bf/ });
  assert.equal((await withUnchangedModel("http://localhost:1", async () => 1)).sha256, null);
});
