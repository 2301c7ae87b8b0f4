import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { crc32 } from "node:zlib";
import { conformance, skipWithout } from "@v2l/testing";
import sharp from "sharp";
import { listing, picture, temporaryFolder, tinyBundle, v2l } from "./support.js";

/** The command fails with status 1 and one line, and leaves nothing below `folder`. */
async function refused(
  words: readonly string[],
  code: string,
  folder: string,
  part = "",
): Promise<void> {
  const before = listing(folder);
  const { status, stdout, stderr } = await v2l(words);
  assert.equal(status, 1, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, new RegExp(`^error \\[${code}\\]: [^\\n]+\\n$`));
  assert.ok(stderr.includes(part), stderr);
  assert.deepEqual(listing(folder), before);
}

function pngWithHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(17);
  header.write("IHDR", "latin1");
  header.writeUInt32BE(width, 4);
  header.writeUInt32BE(height, 8);
  header.set([8, 2], 12); // 8 bits, RGB
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(header));
  const idat = Buffer.from("00000000494441540000000049454e44ae426082", "hex");
  return Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d", "hex"), header, crc, idat]);
}

/** The pictures of the list, by what is wrong with them, with the code of the refusal. */
async function badPictures(folder: string): Promise<readonly (readonly [string, string])[]> {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 7919) % 256);
  const good = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
  const [jpeg, png] = [await good.clone().jpeg().toBuffer(), await good.clone().png().toBuffer()];
  const files: readonly (readonly [string, Uint8Array, string])[] = [
    ["truncated.jpg", jpeg.subarray(0, jpeg.length / 2), "IMAGE_UNREADABLE"],
    ["truncated.png", png.subarray(0, png.length / 2), "IMAGE_UNREADABLE"],
    ["text.png", Buffer.from("this is no picture\n"), "IMAGE_UNREADABLE"],
    ["empty.png", Buffer.alloc(0), "IMAGE_UNREADABLE"],
    ["huge.png", pngWithHeader(20_000, 20_000), "IMAGE_TOO_LARGE"],
  ];
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  await picture(join(folder, "one.png"), 1, 1, 1);
  return [
    ...files.map(([name, , code]) => [join(folder, name), code] as const),
    [join(folder, "one.png"), "IMAGE_TOO_SMALL"],
    [join(folder, "missing.png"), "FILE_NOT_FOUND"],
  ];
}

test("bad pictures are refused by name before anything is written", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const good = await picture(join(folder, "good.png"));
  const out = join(folder, "out");
  for (const [path, code] of await badPictures(folder)) {
    const given = [good, path, "--bundle", bundle, "--threads", "1"];
    await refused(["tokenize", ...given, "--grid", out], code, folder, path);
    await refused(["reconstruct", ...given, "--out", out], code, folder, path);
  }
});

test("a folder without images is refused", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  await mkdir(join(folder, "album"));
  const words = ["tokenize", join(folder, "album"), "--bundle", bundle, "--threads", "1"];
  await refused(words, "INVALID_ARGUMENT", folder, "a folder with images");
});

test("a bundle with a flipped byte, a cut one and a missing one are refused", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const image = await picture(join(folder, "image.png"));
  const words = ["tokenize", image, "--bundle", bundle, "--threads", "1"];
  const weights = join(bundle, "tokenizer.safetensors");
  const bytes = await readFile(weights);
  bytes[bytes.length - 9] = (bytes[bytes.length - 9] as number) ^ 1;
  await writeFile(weights, bytes);
  await refused(words, "BUNDLE_CORRUPT", folder, "tokenizer.safetensors");
  await writeFile(join(bundle, "v2l.json"), "{");
  await refused(words, "BUNDLE_CORRUPT", folder, "v2l.json");
  await refused([...words.slice(0, 2), "--bundle", join(folder, "none")], "FILE_NOT_FOUND", folder);
});

test("tokens that are none, of another bundle or out of range are refused", async (t) => {
  const folder = temporaryFolder(t);
  const bundle = await tinyBundle(join(folder, "bundle"));
  const image = await picture(join(folder, "image.png"));
  const { stdout } = await v2l(["tokenize", image, "--bundle", bundle, "--threads", "1", "--json"]);
  const tokens = JSON.parse(stdout);
  const cases: [string, string][] = [
    ["", "nothing"],
    ["{", "line 1"],
    [`${stdout}{\n`, "line 2"],
    [JSON.stringify({ ...tokens, format: "other" }), "format"],
    [JSON.stringify({ ...tokens, codebooks: { local: 13, global: 7 } }), "codebooks.local"],
    [JSON.stringify({ ...tokens, globalTokens: [] }), "3 global ids"],
  ];
  const path = join(folder, "tokens.json");
  for (const [content, part] of cases) {
    await writeFile(path, content);
    const words = [
      "decode",
      path,
      "--bundle",
      bundle,
      "--threads",
      "1",
      "--out",
      join(folder, "out.png"),
    ];
    await refused(words, "INVALID_ARGUMENT", folder, part);
  }
  const words = [
    "decode",
    join(folder, "none.json"),
    "--bundle",
    bundle,
    "--threads",
    "1",
    "--out",
    "out.png",
  ];
  await refused(words, "FILE_NOT_FOUND", folder, "none.json");
});

/** A pickle that calls os.system: protocol 2, the global, a tuple of one text, reduce, stop. */
function malicious(command: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(command.length);
  const head = Buffer.from("\x80\x02cos\nsystem\n(X", "latin1");
  return Buffer.concat([head, length, Buffer.from(command), Buffer.from("tR.")]);
}

function importOf(t: TestContext, ...words: readonly string[]) {
  const folder = temporaryFolder(t);
  const codebooks = conformance("local_codebook_embedding.pth")?.replace(/[^/]+$/, "") ?? "";
  const all = ["import", ...words, "--codebooks", codebooks, "--out", join(folder, "bundle")];
  return { folder, all };
}

const official = skipWithout("checkpoint-last.pth");

test("a checkpoint that calls a program is refused and not run", { skip: official }, async (t) => {
  const source = temporaryFolder(t);
  const marker = join(source, "executed");
  const path = join(source, "evil.pth");
  await writeFile(path, malicious(`touch ${marker}`));
  const { folder, all } = importOf(t, path);
  await refused(all, "CHECKPOINT_UNSAFE", folder, "os.system");
  assert.equal(existsSync(marker), false);
});

test("a cut checkpoint is refused", { skip: official }, async (t) => {
  const bytes = await readFile(conformance("checkpoint-last.pth") as string);
  const path = join(temporaryFolder(t), "cut.pth");
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  const { folder, all } = importOf(t, path);
  await refused(all, "CHECKPOINT_UNREADABLE", folder, "cut.pth");
});

test("codebooks and checkpoints of other shapes are refused", { skip: official }, async (t) => {
  const whole = conformance("checkpoint-last.pth") as string;
  const part = conformance("checkpoint-last-discriminator.pth") as string;
  const swapped = ["--global-codebook", conformance("local_codebook_embedding.pth") as string];
  const shapes = importOf(t, whole, part, ...swapped);
  await refused(shapes.all, "CHECKPOINT_MISMATCH", shapes.folder, "512 texts");
  const half = importOf(t, part);
  await refused(half.all, "CHECKPOINT_MISMATCH", half.folder, "encoder");
});

test("--debug adds the stack, also before the command", async (t) => {
  const bundle = await tinyBundle(join(temporaryFolder(t), "bundle"));
  for (const words of [
    ["--debug", "tokenize", "none.png", "--bundle", bundle, "--threads", "1"],
    ["tokenize", "none.png", "--bundle", bundle, "--threads", "1", "--debug"],
  ]) {
    const { status, stderr } = await v2l(words);
    assert.equal(status, 1);
    assert.match(stderr, /^error \[FILE_NOT_FOUND\]: .*\n.*V2LError: /);
    assert.match(stderr, /\n {4}at /);
  }
});
