import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder, tinyBundle, v2l } from "./support.js";
import { TINY_PIECES, tinyLlama } from "./tiny-llama.js";

test("eval restore reports figures beside baselines, and goes on from what it has", async (t) => {
  const folder = temporaryFolder(t);
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const bundle = await tinyBundle(join(folder, "bundle"), TINY_PIECES);
  const given = ["--bundle", bundle, "--llm", llm, "--threads", "1", "--quiet"];
  const small = ["--images", "2", "--random-images", "2", "--references", "2"];
  const words = ["eval", "restore", ...given, ...small, "--cache", join(folder, "cache")];

  const one = await v2l([...words, "--task", "inpainting", "--json"]);
  assert.equal(one.status, 0, one.stderr);
  const value = JSON.parse(one.stdout);
  assert.equal(value.evaluation, "restore");
  assert.deepEqual(value.config.tasks, ["inpainting"]);
  assert.deepEqual(value.config.blind, {
    nearest: 4,
    step: 2,
    candidates: "shown",
    context: 16,
    order: "border",
  });
  assert.deepEqual([value.config.split, value.config.images, value.config.seed], ["test", 2, 0]);
  assert.equal(value.llm.sha256, createHash("sha256").update(readFileSync(llm)).digest("hex"));
  assert.equal(value.bundle.name, "tiny");
  assert.deepEqual(
    value.rows.map(({ system }: { system: string }) => system),
    [
      "language model, blind",
      "language model, paper",
      "random weights, blind",
      "random weights, paper",
      "clean tokens decoded",
      "vote of the ten copies",
      "degraded tokens",
      "nearest visible token",
      "mean colour",
      "examples copied",
    ],
  );
  const [name = ""] = readdirSync(join(folder, "cache")).filter((file) => file.endsWith(".jsonl"));
  const journal = join(folder, "cache", name);
  const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
  assert.equal(lines.length, 2 * 10);

  const again = await v2l([...words, "--task", "inpainting"]);
  assert.equal(again.status, 0, again.stderr);
  assert.match(
    again.stdout,
    /^\| Task \| System \|.*\n\| --- .*\n\| inpainting \| language model, blind \|/,
  );
  assert.match(again.stdout, /\nSHA-256 of .* before and after: [0-9a-f]{64}\n$/);
  assert.equal(readFileSync(journal, "utf8").trimEnd().split("\n").length, 2 * 10);

  const parts = join(folder, "parts");
  for (const shard of ["1/2", "2/2"]) {
    const given = [...words, "--task", "inpainting", "--shard", shard, "--out", parts];
    const { status, stderr } = await v2l(given);
    assert.equal(status, 0, stderr);
  }
  const files = readdirSync(parts).map((file) => join(parts, file));
  const merged = await v2l(["eval", "merge", ...files, "--json"]);
  assert.equal(merged.stdout, one.stdout);
});

test("eval restore refuses a language model of another vocabulary", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const { status, stderr } = await v2l(["eval", "restore", "--bundle", bundle, "--llm", llm]);
  assert.equal(status, 1);
  assert.match(stderr, /12 tokens/);
  assert.match(stderr, /260 tokens/);
});
