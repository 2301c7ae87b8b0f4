import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { loadImage, psnrRgb, tokenizerSquare, V2L } from "v2l";
import { listing, picture, temporaryFolder, tinyBundle, v2l } from "./support.js";

async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  await mkdir(join(folder, "album/more"), { recursive: true });
  const paths = ["album/a.png", "album/b.png", "album/more/a.png"].map((p) => join(folder, p));
  for (const [seed, path] of paths.entries()) await picture(path, seed + 1);
  const library = await V2L.load(bundle, { threads: 1 });
  t.after(() => library.dispose());
  return { folder, bundle, paths, album: join(folder, "album"), library };
}

test("tokenize prints the library's words, a line for each image of a folder", async (t) => {
  const { bundle, paths, album, library } = await setUp(t);
  const expected = await library.encode(paths);
  const lines = expected.map(({ globalTokens }, i) => {
    const words = globalTokens.slice(0, 2).map(({ word }) => word);
    return `${paths[i]}\t${words.join(", ")}\n`;
  });
  const all = await v2l(["tokenize", album, "--bundle", bundle, "--threads", "1", "--words", "2"]);
  assert.deepEqual(all, { status: 0, stdout: lines.join(""), stderr: "" });
  const one = await v2l([
    "tokenize",
    paths[0] as string,
    "--bundle",
    bundle,
    "--threads",
    "1",
    "--words",
    "2",
  ]);
  assert.equal(one.stdout, lines[0]?.split("\t")[1]);
});

test("tokenize --local prints the pieces row by row", async (t) => {
  const { bundle, paths, library } = await setUp(t);
  const [path = ""] = paths;
  const { stdout } = await v2l(["tokenize", path, "--bundle", bundle, "--threads", "1", "--local"]);
  const rows = stdout.trimEnd().split("\n").slice(1);
  const { localTokens } = await library.encode(path);
  assert.deepEqual(rows.join(" ").split(/\s+/), localTokens.pieces);
  assert.equal(rows.length, localTokens.height);
});

test("tokenize --json prints the library's documents, and decode turns them into its images", async (t) => {
  const { folder, bundle, paths, album, library } = await setUp(t);
  const { stdout, stderr } = await v2l([
    "tokenize",
    album,
    "--bundle",
    bundle,
    "--threads",
    "1",
    "--json",
  ]);
  assert.equal(stderr, "");
  const documents = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const tokens = await library.encode(paths);
  assert.deepEqual(
    documents,
    tokens.map((one, i) => ({
      image: paths[i],
      ...JSON.parse(JSON.stringify(library.tokensToJson(one))),
    })),
  );
  const out = join(folder, "again");
  const decoded = await v2l(
    ["decode", "-", "--bundle", bundle, "--threads", "1", "--out", out],
    stdout,
  );
  assert.equal(decoded.status, 0, decoded.stderr);
  const names = ["a.png", "b.png", "a-2.png"];
  assert.equal(decoded.stdout, names.map((name) => `${join(out, name)}\n`).join(""));
  for (const [i, image] of (await library.decode(tokens)).entries()) {
    const { data } = await loadImage(join(out, names[i] as string));
    assert.deepEqual([...data], [...image.data]);
  }
});

test("tokenize --grid draws the square with its words", async (t) => {
  const { folder, bundle, paths } = await setUp(t);
  const grid = join(folder, "grid.png");
  const words = [
    "tokenize",
    paths[0] as string,
    "--bundle",
    bundle,
    "--threads",
    "1",
    "--grid",
    grid,
  ];
  const { status, stderr } = await v2l(words);
  assert.deepEqual([status, stderr], [0, `wrote ${grid}\n`]);
  // 8 cells of 64 pixels and the margins high; the column of words beside it.
  const { width, height } = await sharp(grid).metadata();
  assert.deepEqual([width, height], [8 * 64 + 360 + 3 * 24, 8 * 64 + 2 * 24]);
  assert.equal((await v2l([...words, "--quiet"])).stderr, "");
});

test("reconstruct writes strips and prints the PSNR of each image and their mean", async (t) => {
  const { folder, bundle, paths, album, library } = await setUp(t);
  const out = join(folder, "out");
  const { status, stdout, stderr } = await v2l([
    "reconstruct",
    album,
    "--bundle",
    bundle,
    "--out",
    out,
    "--json",
  ]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.deepEqual(listing(out), ["a-2.png", "a.png", "b.png"]);
  const result = JSON.parse(stdout);
  const psnrs: number[] = [];
  for (const path of paths) {
    const again = await library.decode(await library.encode(path));
    psnrs.push(psnrRgb(tokenizerSquare(await loadImage(path), 16, "demo"), again));
  }
  assert.deepEqual(
    result.images.map((one: { psnr: number }) => one.psnr),
    psnrs,
  );
  const mean = psnrs.reduce((a, b) => a + b) / psnrs.length;
  assert.ok(Math.abs(result.meanPsnr - mean) < 1e-12);
});

test("demo takes images and says where the pictures are", async (t) => {
  const { folder, bundle, paths } = await setUp(t);
  const out = join(folder, "demo");
  const { status, stdout } = await v2l([
    "demo",
    paths[0] as string,
    "--bundle",
    bundle,
    "--out",
    out,
  ]);
  assert.equal(status, 0);
  assert.deepEqual(listing(out), ["a-grid.png", "a-reconstruction.png"]);
  for (const name of listing(out)) assert.ok(stdout.includes(join(out, name)));
});

test("demo draws scenes of the demo world", async (t) => {
  const { folder, bundle } = await setUp(t);
  const out = join(folder, "demo");
  const { status, stdout } = await v2l([
    "demo",
    "--bundle",
    bundle,
    "--out",
    out,
    "--count",
    "2",
    "--first",
    "7",
    "--json",
  ]);
  assert.equal(status, 0);
  const titles = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).title as string);
  assert.match(titles.join("\n"), /^scene 7: .+\nscene 8: .+$/);
  assert.equal(listing(out).length, 4);
});

test("doctor finds a good bundle healthy and names a bad one", async (t) => {
  const { bundle, paths } = await setUp(t);
  const good = await v2l(["doctor", "--bundle", bundle, "--threads", "1", "--json"]);
  assert.deepEqual([good.status, good.stderr], [0, ""]);
  const { healthy, findings } = JSON.parse(good.stdout);
  assert.equal(healthy, true);
  assert.deepEqual(
    findings.map((finding: { part: string }) => finding.part),
    ["machine", "node", "images", "onnxruntime", "libtorch", "bundle"],
  );
  await rm(join(bundle, "clip.safetensors"));
  const bad = await v2l(["doctor", "--bundle", bundle, "--threads", "1"]);
  assert.equal(bad.status, 1);
  assert.match(bad.stdout, /^FAIL {2}bundle: \[BUNDLE_CORRUPT\] .*clip\.safetensors/m);
  assert.match(bad.stdout, /^ok {4}onnxruntime: /m);
  assert.match(bad.stderr, /^error \[RUNTIME\]: Not ready: bundle/);
  assert.equal(paths.length, 3);
});

test("a reader that closes early is no error", async (t) => {
  const { bundle, paths } = await setUp(t);
  const bin = fileURLToPath(new URL("../../bin/v2l.js", import.meta.url));
  const many = Array(40).fill(paths[0] as string);
  const child = spawn(process.execPath, [
    bin,
    "tokenize",
    ...many,
    "--bundle",
    bundle,
    "--threads",
    "1",
    "--json",
  ]);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const status = await new Promise((resolve) => child.on("close", resolve));
  assert.deepEqual([status, stderr], [0, ""]);
});
