import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inProcess, listing, picture, temporaryFolder, tinyBundle } from "./support.js";
import { tinyLlama } from "./tiny-llama.js";

/** Small reports of three evaluations below one folder. */
async function prepare(t: TestContext) {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const images = join(folder, "two images");
  await mkdir(images);
  for (const i of [1, 2]) await picture(join(images, `${i}.png`), i);
  const results = join(folder, "results");
  const evaluate = async (name: string, words: readonly string[]) => {
    const given = ["--bundle", bundle, "--cache", join(folder, "cache"), "--quiet"];
    const out = ["--out", join(results, name), "--json"];
    await inProcess(["eval", ...words, ...given, ...out]);
  };
  await evaluate("1-reconstruction", ["reconstruction", images, "--threads", "1"]);
  await evaluate("2-codebook", ["codebook", "--images", "2", "--threads", "1"]);
  const small = ["--llm", llm, "--images", "2", "--pool", "3", "--shots", "1", "--threads", "1"];
  await evaluate("3-vqa", ["vqa", ...small]);
  return { folder, bundle, llm, images, results };
}

test("eval report puts reports into one page with commands, versions and hashes", async (t) => {
  const { folder, bundle, llm, images, results } = await prepare(t);
  const out = join(folder, "report");
  const asked = ["eval", "report", results, "--out", out, "--title", "All & more", "--json"];
  const told = JSON.parse((await inProcess(asked)).stdout);
  assert.deepEqual(listing(out), ["report.html", "table.md"]);
  const commands = [
    `v2l eval reconstruction '${images}' --bundle ${bundle}`,
    `v2l eval codebook --bundle ${bundle} --images 2`,
    `v2l eval vqa --bundle ${bundle} --llm ${llm} --images 2 --shots 1 --pool 3`,
  ];
  assert.deepEqual(
    told.results.map(({ command }: { command: string }) => command),
    commands,
  );

  const markdown = readFileSync(join(out, "table.md"), "utf8");
  const page = readFileSync(join(out, "report.html"), "utf8");
  assert.match(markdown, /^# All & more\n\n\| Evaluation \| Command \| v2l \| Bundle \|/);
  assert.match(page, /<h1>All &amp; more<\/h1>/);
  const names = ["1-reconstruction", "2-codebook", "3-vqa"];
  for (const [i, name] of names.entries()) {
    const file = join(results, name, "result.json");
    const table = readFileSync(join(results, name, "table.md"), "utf8");
    assert.ok(markdown.includes(`\n\n\`${commands[i]}\`\n\n${table.trimEnd()}`), name);
    const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
    assert.equal(told.results[i].sha256, sha256);
    assert.ok(page.includes(sha256), name);
    assert.ok(page.includes(JSON.parse(readFileSync(file, "utf8")).bundle.manifestSha256), name);
    // The charts of the single report are those of the common one.
    const single = readFileSync(join(results, name, "report.html"), "utf8");
    for (const [svg] of single.matchAll(/<svg.*<\/svg>/g)) assert.ok(page.includes(svg), name);
  }
  const strips = readFileSync(join(results, "1-reconstruction", "strips-folder.png"));
  const sources = [...page.matchAll(/<img src="([^"]*)"/g)].map(([, source]) => source);
  assert.deepEqual(sources, [`data:image/png;base64,${strips.toString("base64")}`]);
  assert.equal(/<script|@import|<link|url\(/.test(page), false);
  assert.doesNotMatch(markdown, /Not all results/);
});

/** A set as the first versions of `v2l eval demo` printed it, in a list. */
function demoSet(name: string) {
  const shares = { anyBy5: 0.5, allBy21: 0.25, nounBy5: 0 };
  const words = { measured: shares, shuffled: shares, chance: shares };
  return { name, images: 4, ...words, psnr: null, codebookUsed: 0.1, codebookPerplexity: 9 };
}

test("eval demo prints and writes figures with what they were made with", async (t) => {
  const folder = temporaryFolder(t);
  const out = join(folder, "report");
  const words = ["eval", "demo", "--images", "2", "--cache", join(folder, "cache"), "--quiet"];
  const { stdout } = await inProcess([...words, "--out", out, "--json"]);
  const { sets, ...subject } = JSON.parse(stdout);
  assert.equal(readFileSync(join(out, "result.json"), "utf8"), stdout);
  assert.deepEqual(listing(out), ["report.html", "result.json", "table.md"]);
  assert.equal(sets.length, 5);
  const { evaluation, config, bundle, command } = subject;
  assert.deepEqual([evaluation, config, bundle.name], ["demo", { images: 2 }, "demo"]);
  assert.equal(command, "v2l eval demo --images 2");
});

test("results of different bundles are told apart, and what --json printed will do", async (t) => {
  const { folder, results } = await prepare(t);
  const text = readFileSync(join(results, "3-vqa", "result.json"), "utf8");
  const value = JSON.parse(text);
  const other = join(folder, "other.json");
  const { command: _, ...earlier } = { ...value, bundle: { name: "b", manifestSha256: "0123" } };
  writeFileSync(other, JSON.stringify(earlier));
  const list = join(folder, "list.json");
  writeFileSync(list, JSON.stringify([demoSet("one object")]));
  const out = join(folder, "report");
  const asked = ["eval", "report", join(results, "3-vqa"), other, list, "--out", out];
  const { stdout } = await inProcess(asked);
  assert.equal(stdout, `wrote ${join(out, "report.html")}: 3 results\n`);
  const markdown = readFileSync(join(out, "table.md"), "utf8");
  assert.match(markdown, /\| Answers \| not recorded \| .* \| b 0123 \|/);
  assert.match(markdown, /\| one object \| 4 \| 50\.0% \(50\.0%, 50\.0%\) \|/);
  assert.match(markdown, /\nNot all results are of the same bundle\.\n/);
  assert.doesNotMatch(markdown, /of the same language model/);
  assert.equal(markdown.match(/\n## /g)?.length, 3);
});

test("what is no result of an evaluation is refused", async (t) => {
  const folder = temporaryFolder(t);
  const report = (path: string) =>
    inProcess(["eval", "report", path, "--out", join(folder, "report")]);
  const file = join(folder, "file.json");
  await assert.rejects(report(file), { code: "FILE_NOT_FOUND", message: /nothing readable/ });
  await assert.rejects(report(folder), { code: "FILE_NOT_FOUND", message: /result\.json/ });
  const bad = ["{", "7", "{}", '{"evaluation":"caption"}', '{"evaluation":"toString"}'];
  for (const text of bad) {
    writeFileSync(file, text);
    await assert.rejects(report(file), { code: "INVALID_ARGUMENT" }, text);
  }
  assert.deepEqual(listing(folder), ["file.json"]);
});
