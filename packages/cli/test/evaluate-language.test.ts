import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { withUnchangedModel } from "../src/inputs/unchanged-model.js";
import { inProcess, temporaryFolder, tinyBundle, v2l } from "./support.js";
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
    ignore: [],
    places: 4,
    seed: 0,
  });
  assert.equal(value.llm.sha256, createHash("sha256").update(readFileSync(llm)).digest("hex"));
  assert.equal(value.bundle.name, "tiny");
  assert.equal(value.results.length, 7 * 3);
  const systems = new Set(value.results.map(({ system }: { system: string }) => system));
  assert.ok(systems.has("random weights"));

  const answers = await v2l(["eval", "vqa", ...words]);
  assert.equal(answers.status, 0, answers.stderr);
  assert.match(
    answers.stdout,
    /^\| Answers by \| what \| where \|.*\n\| --- .*\n\| language model \|/,
  );
  const lines = answers.stdout.trimEnd().split("\n");
  assert.equal(lines.length, 2 + 9 + 2 + 2);
  assert.match(lines.at(-1) ?? "", /^SHA-256 of .* before and after: [0-9a-f]{64}$/);
});

for (const evaluation of ["caption", "vqa"]) {
  test(`eval ${evaluation}: merged shards print and write what the whole does`, async (t) => {
    const folder = temporaryFolder(t);
    const bundle = await tinyBundle(join(folder, "bundle"));
    const llm = await tinyLlama(join(folder, "tiny.gguf"));
    const given = ["--bundle", bundle, "--llm", llm, "--threads", "1", "--quiet"];
    const small = ["--images", "3", "--shots", "1", "--pool", "3", "--words", "2"];
    const words = ["eval", evaluation, ...given, ...small];
    const cache = join(folder, "cache");
    const out = join(folder, "whole");
    const whole = await inProcess([...words, "--cache", cache, "--out", out, "--json"]);
    const value = JSON.parse(whole.stdout);
    assert.equal(
      value.command,
      `v2l eval ${evaluation} --bundle ${bundle} --llm ${llm} ${small.join(" ")}`,
    );
    assert.deepEqual(readdirSync(out).sort(), [
      ...(evaluation === "caption"
        ? ["objects-named-one-object.png", "objects-named-one-or-two-objects.png"]
        : []),
      ...(evaluation === "caption" ? ["objects-named-two-objects.png"] : []),
      "report.html",
      "result.json",
      ...(evaluation === "vqa" ? ["right-answers.png"] : []),
      "table.md",
    ]);
    assert.match(readFileSync(join(out, "report.html"), "utf8"), /<h2>Some (captions|answers) of/);

    const parts = join(folder, "parts");
    const other = join(folder, "other");
    for (const shard of ["2/2", "1/2"]) {
      await inProcess([...words, "--cache", other, "--shard", shard, "--out", parts]);
    }
    const files = readdirSync(parts).map((file) => join(parts, file));
    assert.deepEqual(
      files.map((file) => basename(file)),
      [`${evaluation}-1-of-2.json`, `${evaluation}-2-of-2.json`],
    );
    const merged = await inProcess([
      "eval",
      "merge",
      ...files,
      "--out",
      join(folder, "merged"),
      "--json",
    ]);
    assert.equal(merged.stdout, whole.stdout);
    for (const file of readdirSync(out)) {
      const again = readFileSync(join(folder, "merged", file));
      assert.ok(readFileSync(join(out, file)).equals(again), file);
    }

    // What the journal has is not asked again: it answers for the model.
    const [journal = ""] = readdirSync(cache).filter((file) => file.startsWith("eval-"));
    const path = join(cache, journal);
    const [first = "", ...rest] = readFileSync(path, "utf8").split("\n");
    const told = JSON.parse(first);
    const edited = { ...told, outcomes: told.outcomes.map(() => "as the journal has it") };
    writeFileSync(path, [JSON.stringify(edited), ...rest].join("\n"));
    const resumed = JSON.parse((await inProcess([...words, "--cache", cache, "--json"])).stdout);
    const [sample] = resumed.samples;
    assert.equal(sample.caption ?? sample.given, "as the journal has it");
    const fresh = await inProcess([...words, "--cache", cache, "--fresh", "--json"]);
    assert.equal(fresh.stdout, whole.stdout);
  });
}

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
