import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openEmbedded } from "@v2l/llm";
import { loadInput, readReferences, rectangleMask, restore, snapToGrid, V2L } from "v2l";
import { errorCode, errorLine } from "../src/command/errors.js";
import { inProcess, picture, temporaryFolder, tinyBundle } from "./support.js";
import { TINY_PIECES, tinyLlama } from "./tiny-llama.js";

/** A bundle whose local tokens are those of a language model of random weights, and some pictures. */
async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const llm = await tinyLlama(join(folder, "tiny.gguf"));
  const bundle = await tinyBundle(join(folder, "bundle"), TINY_PIECES);
  const clean = join(folder, "clean");
  await mkdir(clean);
  const images: string[] = [];
  for (const seed of [1, 2, 3]) {
    images.push(await picture(join(clean, `${seed}.png`), seed, 16, 16));
  }
  const query = await picture(join(folder, "query.png"), 9, 32, 32);
  const given = ["--bundle", bundle, "--threads", "1", "--llm", llm];
  return { folder, bundle, llm, clean, images, query, given };
}

async function fails(words: readonly string[], code: string, ...parts: readonly string[]) {
  await assert.rejects(inProcess(words), (error) => {
    assert.equal(errorCode(error), code, errorLine(error));
    for (const part of parts) assert.ok(errorLine(error).includes(part), errorLine(error));
    return true;
  });
}

test("inpaint writes what the library restores, and says how the mask was snapped", async (t) => {
  const { folder, bundle, llm, clean, images, query, given } = await setUp(t);
  const [out, strip] = [join(folder, "out.png"), join(folder, "strip.png")];
  const asked = ["inpaint", query, "--rect", "9,8,3,4", "--examples", clean, "--out", out];
  const { stdout, stderr } = await inProcess([...asked, "--strip", strip, "--json", ...given]);
  // Cells of the grid of 8x8 are 4x4 pixels: columns 9 to 11 lie in the third, rows 8 to 11 too.
  assert.equal(
    stderr,
    "mask: 12 pixels, widened to 1 token (16 pixels), rows 3 to 3, columns 3 to 3\n",
  );
  const v2l = await V2L.load(bundle, { threads: 1 });
  const model = await openEmbedded(llm, { threads: 1 });
  t.after(async () => {
    await v2l.dispose();
    await model.close();
  });
  const image = await loadInput(query);
  const pixels = rectangleMask(image, { left: 9, top: 8, width: 3, height: 4 });
  const { mask } = snapToGrid(pixels, v2l.manifest.grid);
  const references = await readReferences(v2l, images, "inpainting", { mask });
  const expected = await restore(v2l, model, query, "inpainting", { mask, references });
  const json = JSON.parse(stdout);
  assert.deepEqual(v2l.parseTokens(json).localTokens, expected.tokens.localTokens);
  assert.deepEqual(
    json.logProbs.map((one: number | null) => one ?? Number.NaN),
    [...expected.logProbs],
  );
  assert.equal(json.logProbs.filter((one: number | null) => one !== null).length, 1);
  assert.deepEqual(
    [json.image, json.picture, json.strip, json.task],
    [query, out, strip, "inpainting"],
  );
  assert.deepEqual([...(await loadInput(out)).data], [...expected.restored.data]);
  assert.ok((await loadInput(strip)).width > 3 * 256);
});

test("every task restores by both protocols, and one name holds them all", async (t) => {
  const { folder, query, given } = await setUp(t);
  for (const task of ["inpaint", "outpaint", "deblur", "unshift", "unrotate"]) {
    for (const protocol of task === "inpaint" ? ["blind", "paper"] : ["blind"]) {
      const out = join(folder, `${task}-${protocol}.png`);
      const words = [query, "--protocol", protocol, "--shots", "2", "--quiet", ...given];
      const { stdout } = await inProcess([task, ...words, "--out", out]);
      assert.match(stdout, /\.png\t.*\.png\t\d+ tokens, log-probability -\d+\.\d\d each\n$/);
      assert.equal((await loadInput(out)).width, 16);
    }
  }
  const again = join(folder, "again");
  const words = [query, "--task", "unrotate", "--shots", "2", "--quiet", ...given];
  await inProcess(["restore", ...words, "--out", again]);
  const first = await readFile(join(folder, "unrotate-blind.png"));
  assert.deepEqual(await readFile(join(again, "query.png")), first);
});

test("a batch goes on where it was stopped, and not with other options", async (t) => {
  const { folder, clean, given } = await setUp(t);
  const out = join(folder, "out");
  const words = ["deblur", clean, "--out", out, "--damage", "--shots", "2", ...given];
  await inProcess([...words, "--quiet"]);
  const second = join(out, "2.png");
  const [whole, before] = [await readFile(second), statSync(join(out, "1.png")).mtimeMs];
  await rm(second);
  const { stdout, stderr } = await inProcess(words);
  assert.equal(stderr, "2 pictures already there\n");
  assert.equal(stdout.split("\n").length, 2);
  assert.deepEqual(await readFile(second), whole);
  assert.equal(statSync(join(out, "1.png")).mtimeMs, before);
  await fails([...words, "--kernel", "5"], "RESUME_MISMATCH", "kernel");
});

test("a stopped command leaves no half of a picture", async (t) => {
  const { folder, clean, given } = await setUp(t);
  const out = join(folder, "out");
  const stop = AbortSignal.abort(new Error("stop"));
  const words = ["unrotate", clean, "--out", out, ...given];
  await assert.rejects(inProcess(words, stop), (error) => errorCode(error) === "INTERRUPTED");
  assert.ok(!existsSync(join(out, "1.png")));
});

test("outpaint adds margins and cuts the square to what was asked for", async (t) => {
  const { folder, query, given } = await setUp(t);
  const out = join(folder, "wide.png");
  const { stderr } = await inProcess([
    "outpaint",
    query,
    "--margin",
    "right=4",
    "--out",
    out,
    ...given,
  ]);
  // A square picture becomes 4 of 8 columns and rows; above and below it the square is filled up.
  assert.match(stderr, /^mask: .* widened to \d+ tokens/);
  const { width, height } = await loadInput(out);
  assert.deepEqual([width, height], [16, 8]);
});

test("what does not fit together is a usage error, and another model is refused", async (t) => {
  const { folder, bundle, query, given } = await setUp(t);
  const inpaint = ["inpaint", query, "--out", join(folder, "a.png")];
  const outpaint = ["outpaint", query, "--out", join(folder, "a.png")];
  await fails([...inpaint, "--rect", "1,2,3", ...given], "USAGE", "x,y,width,height");
  await fails([...inpaint, "--rect", "0,0,9,9", "--mask", query, ...given], "USAGE", "both");
  await fails([...inpaint, "--damage", "--protocol", "paper", ...given], "USAGE", "twice");
  await fails([...inpaint, "--rect", "30,30,9,9", ...given], "INVALID_ARGUMENT", "32x32");
  await fails([...outpaint, "--margin", "up=2", ...given], "USAGE", "`left`");
  await fails([...outpaint, "--margin", "top=2", "--damage", ...given], "USAGE", "--margin");
  const other = await tinyBundle(join(folder, "other"));
  const wrong = given.map((word) => (word === bundle ? other : word));
  await fails([...inpaint, ...wrong], "VOCABULARY_MISMATCH", "12 tokens", "260 tokens");
});
