import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { picture, temporaryFolder, tinyBundle, v2l } from "./support.js";

test("a wrong command line ends with status 2 and one line that says what to do", async () => {
  const cases: [string[], RegExp][] = [
    [["tokenise"], /unknown command 'tokenise' \(Did you mean tokenize\?\)\. Run `v2l --help`/],
    [["tokenize"], /missing required argument 'image'\. Run `v2l tokenize --help`/],
    [["tokenize", "a.png", "--devise", "cpu"], /unknown option '--devise' \(Did you mean --device/],
    [["tokenize", "a.png", "--device", "tpu"], /Allowed choices are cpu, webgpu, cuda/],
    [["tokenize", "a.png", "--threads", "0"], /Expected a whole number from 1 to 1024/],
    [["tokenize", "a.png", "--threads", "2x"], /Expected a whole number from 1 to 1024/],
    [["reconstruct", "a.png"], /required option '-o, --out <folder>' not specified/],
    [["decode", "a.json", "b.json", "--out", "c.png"], /too many arguments/],
    [["train", "diffusion"], /unknown command 'diffusion'\. Run `v2l train --help`/],
    [["train", "clip", "--dir", "run", "--set", "steps"], /field=value for `--set`/],
  ];
  for (const [words, message] of cases) {
    const { status, stdout, stderr } = await v2l(words);
    assert.equal(status, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^error \[USAGE\]: [^\n]+\n$/);
    assert.match(stderr, message);
  }
});

test("one file cannot hold the pictures of several images", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const image = await picture(join(folder, "a.png"));
  const words = ["tokenize", image, image, "--bundle", bundle, "--grid", join(folder, "g.png")];
  const { status, stderr } = await v2l(words);
  assert.equal(status, 2);
  assert.match(stderr, /^error \[USAGE\]: Expected a folder for `--grid`/);
});

test("help goes to stdout when asked for, to stderr with status 2 when a command is missing", async () => {
  const asked = await v2l(["tokenize", "--help"]);
  assert.deepEqual([asked.status, asked.stderr], [0, ""]);
  assert.match(asked.stdout, /Usage: v2l tokenize \[options\] <image\.\.\.>/);
  assert.match(asked.stdout, /Examples:\n {2}v2l tokenize photo\.jpg\n/);
  const missing = await v2l([]);
  assert.deepEqual([missing.status, missing.stdout], [2, ""]);
  assert.match(missing.stderr, /Commands:/);
});

test("--version prints the version", async () => {
  const { status, stdout } = await v2l(["--version"]);
  assert.equal(status, 0);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
});
