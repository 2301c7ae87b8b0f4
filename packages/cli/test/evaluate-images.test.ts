import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { inProcess, picture, temporaryFolder, tinyBundle, v2l } from "./support.js";

/** Two batches. */
const COUNT = 36;

/** A tiny bundle, a folder of pictures, and the words that name both. */
async function prepare(t: TestContext) {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const images = join(folder, "images");
  await mkdir(images);
  for (let i = 0; i < COUNT; i++) {
    await picture(join(images, `${String(i).padStart(2, "0")}.png`), i, 20 + i, 24);
  }
  const words = (evaluation: string, cache: string) => [
    "eval",
    evaluation,
    images,
    ...["--bundle", bundle, "--cache", join(folder, cache), "--threads", "1", "--quiet"],
  ];
  return { folder, images, words };
}

for (const evaluation of ["reconstruction", "codebook"]) {
  test(`eval ${evaluation}: merged shards print and write what the whole does`, async (t) => {
    const { folder, words } = await prepare(t);
    const out = join(folder, "whole");
    const whole = await inProcess([...words(evaluation, "a"), "--out", out, "--json"]);
    const parts = join(folder, "parts");
    for (const shard of ["3/3", "1/3", "2/3"]) {
      const asked = [...words(evaluation, "b"), "--shard", shard, "--out", parts];
      const { stdout } = await inProcess(asked);
      assert.match(stdout, new RegExp(`^wrote .*${evaluation}-${shard[0]}-of-3\\.json\n$`));
    }
    const files = readdirSync(parts).map((file) => join(parts, file));
    assert.equal(files.length, 3);
    const again = join(folder, "merged");
    const merged = await inProcess(["eval", "merge", ...files, "--out", again, "--json"]);
    assert.equal(merged.stdout, whole.stdout);
    assert.deepEqual(readdirSync(again).sort(), readdirSync(out).sort());
    for (const file of readdirSync(out)) {
      assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(again, file))), file);
    }
  });
}

test("eval reconstruction writes its figures, tables, plots and one page without outside resources", async (t) => {
  const { folder, words } = await prepare(t);
  const out = join(folder, "report");
  const { stdout } = await inProcess([...words("reconstruction", "cache"), "--out", out]);
  assert.deepEqual(readdirSync(out).sort(), [
    "local-tokens-folder.png",
    "report.html",
    "result.json",
    "strips-folder.png",
    "table.md",
  ]);
  assert.equal(readFileSync(join(out, "table.md"), "utf8"), stdout);
  assert.match(stdout, /\| folder \(36\) \| reconstruction \| \d+\.\d\d \(/);
  assert.match(stdout, /\| folder \(36\) \| shrunk to the grid \|/);
  // What is left out is said, with where it is published.
  assert.match(stdout, /no FID and no Inception score; download it from https:\/\/github\.com/);
  assert.match(stdout, /no LPIPS; download it from https:\/\/download\.pytorch\.org/);
  const value = JSON.parse(readFileSync(join(out, "result.json"), "utf8"));
  assert.equal(value.evaluation, "reconstruction");
  assert.equal(value.bundle.name, "tiny");
  assert.match(value.sets[0].id, /^[0-9a-f]{64}$/);
  assert.equal(value.figures.sets[0].rows.length, 3);
  assert.deepEqual(value.weights, {});
  const { width } = await sharp(join(out, "strips-folder.png")).metadata();
  assert.equal(width, 130 + 6 * 136);

  const page = readFileSync(join(out, "report.html"), "utf8");
  assert.match(page, /prefers-color-scheme:dark/);
  assert.match(page, /<svg viewBox="0 0 720 350"/);
  const sources = [...page.matchAll(/\b(?:src|href|url)\s*[=(]\s*"?([^"\s)]*)/g)].map(
    ([, source]) => source ?? "",
  );
  assert.equal(sources.length, 1);
  assert.ok(sources.every((source) => source.startsWith("data:image/png;base64,")));
  assert.doesNotMatch(page, /<script|@import|<link/);
});

test("a killed evaluation goes on where it was", async (t) => {
  const { folder, images, words } = await prepare(t);
  const whole = await inProcess([...words("reconstruction", "a"), "--json"]);
  const cache = join(folder, "b");
  const bin = fileURLToPath(new URL("../../bin/v2l.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...words("reconstruction", "b")], {
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const journal = () => {
    const name = existsSync(cache) && readdirSync(cache).find((file) => file.endsWith(".jsonl"));
    return name ? readFileSync(join(cache, name), "utf8") : "";
  };
  while (journal() === "" && child.exitCode === null) await setTimeout(2);
  child.kill("SIGKILL");
  await ended;
  assert.ok(journal().split("\n").length > 32);
  // It is not read again: with these bytes it could not be.
  const file = join(images, "01.png");
  writeFileSync(file, Buffer.alloc(statSync(file).size));
  const again = await inProcess([...words("reconstruction", "b"), "--json"]);
  assert.equal(again.stdout, whole.stdout);
});

test("shards that do not belong together are refused", async (t) => {
  const { folder, words } = await prepare(t);
  const parts = join(folder, "parts");
  const shard = async (name: string, text: string, ...more: string[]) => {
    const out = join(parts, name);
    const asked = [...words("codebook", "cache"), "--shard", text, "--out", out, "--json", ...more];
    return JSON.parse((await inProcess(asked)).stdout).partial as string;
  };
  const [one, two] = [await shard("a", "1/2"), await shard("a", "2/2")];
  const fewer = await shard("b", "2/2", "--images", "8");
  const third = await shard("c", "2/3");
  const merge = (...files: string[]) => inProcess(["eval", "merge", ...files]);
  await assert.rejects(merge(one), { code: "SHARDS_MISSING", message: /2\/2/ });
  await assert.rejects(merge(one, two, one), { code: "SHARDS_OVERLAP" });
  await assert.rejects(merge(one, fewer), { code: "SHARDS_DIFFER", message: /sets\.0\.id/ });
  await assert.rejects(merge(one, third), { code: "SHARDS_DIFFER" });
  await assert.rejects(merge(one, join(folder, "nothing")), { code: "FILE_NOT_FOUND" });
  const text = readFileSync(two, "utf8");
  writeFileSync(two, text.replace(/"local":\[\d+/, '"local":[99'));
  await assert.rejects(merge(one, two), { code: "INVALID_ARGUMENT" });
  writeFileSync(two, text.slice(0, 100));
  await assert.rejects(merge(one, two), { code: "INVALID_ARGUMENT", message: /2-of-2\.json/ });
});

test("what cannot be evaluated is refused before anything is measured", async (t) => {
  const { folder, words } = await prepare(t);
  const asked = words("reconstruction", "cache");
  const { status, stderr } = await v2l([...asked, "--shard", "1/2"]);
  assert.equal(status, 2);
  assert.match(stderr, /^error \[USAGE\]: Expected a folder for `--out`/);
  await assert.rejects(inProcess([...asked, "--shard", "3/2", "--out", folder]), {
    code: "INVALID_ARGUMENT",
    message: /3\/2/,
  });
  await assert.rejects(inProcess([...asked, "--inception", join(folder, "none.pth")]), {
    code: "WEIGHTS_MISSING",
    message: /pytorch-fid/,
  });
  assert.equal(existsSync(join(folder, "cache")), false);
});

test("eval codebook of the demo world tells how often words name what is there", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const words = ["eval", "codebook", "--bundle", bundle, "--images", "4", "--quiet", "--json"];
  const { stdout } = await inProcess([...words, "--cache", join(folder, "cache")]);
  const { sets } = JSON.parse(stdout).figures;
  assert.deepEqual(
    sets.map(({ set, images }: { set: string; images: number }) => [set, images]),
    [
      ["one object", 4],
      ["one object, unseen style", 4],
      ["two or three objects", 4],
      ["novel objects", 4],
      ["line art", 4],
      ["all together", 20],
    ],
  );
  // The bundle's words are word0 to word6.
  assert.deepEqual(sets[0].naming[0].own.share, 0);
  assert.equal(sets[5].naming[1].own.of, 3 * 20);
  assert.equal(sets[5].counts.global.length, 7);
});
