import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { GlyphAtlas, renderScene, sceneSpec } from "@v2l/train";
import { loadImage } from "v2l";
import { listing, temporaryFolder, v2l } from "./support.js";

test("world render writes the scenes of a split with their texts", async (t) => {
  const out = join(temporaryFolder(t), "scenes");
  const words = ["world", "render", "--out", out, "--count", "3", "--first", "5"];
  const { status, stderr } = await v2l([...words, "--style", "emojione"]);
  assert.equal(status, 0, stderr);
  assert.deepEqual(listing(out), ["0000005.png", "0000006.png", "0000007.png", "scenes.jsonl"]);
  const lines = readFileSync(join(out, "scenes.jsonl"), "utf8").trimEnd().split("\n");
  const [first] = lines.map((line) => JSON.parse(line));
  const spec = sceneSpec(5, { split: "test", styles: ["emojione"] });
  assert.deepEqual(first.objects, spec.objects);
  assert.ok(first.caption.length > 0 && first.questions.length > 0);
  const atlas = await GlyphAtlas.load({ styles: ["emojione"] });
  const { data } = await loadImage(join(out, first.image));
  assert.deepEqual([...data], [...renderScene(spec, atlas)]);
});

test("styles that do not exist are refused before anything is written", async (t) => {
  const out = join(temporaryFolder(t), "sheet.png");
  const { status, stderr } = await v2l(["world", "sheet", "--out", out, "--style", "oil"]);
  assert.equal(status, 1);
  assert.match(stderr, /^error \[INVALID_ARGUMENT\]: .*`styles`.* oil\n$/);
  assert.equal(existsSync(out), false);
});
