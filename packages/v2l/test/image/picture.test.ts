import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { V2LError } from "@v2l/nn";
import { crop, encodePng, gridPicture, type Image, loadImage, savePng, strip, toImage } from "v2l";

const folder = mkdtempSync(join(tmpdir(), "v2l-picture-"));
after(() => rmSync(folder, { recursive: true }));

function plain(width: number, height: number, colour: readonly number[]): Image {
  return {
    width,
    height,
    data: new Uint8Array(
      Array(width * height)
        .fill(colour)
        .flat(),
    ),
  };
}

test("network output becomes bytes: rounded, values beyond [-1,1] clamped", () => {
  // (x + 1) * 127.5: -1 -> 0, 1 -> 255, 0.5 -> 191.25, -0.2 -> 102
  const planes = new Float32Array([-1, 1, 0.5, -0.2, -7, 7]);
  assert.deepEqual([...toImage(planes, 2, 1).data], [0, 191, 0, 255, 102, 255]);
  assert.throws(() => toImage(planes, 2, 2), { code: "INVALID_ARGUMENT" });
});

test("a written PNG reads back as the same pixels", async () => {
  const image = { width: 3, height: 1, data: new Uint8Array([1, 2, 3, 250, 0, 9, 0, 255, 128]) };
  const path = join(folder, "a.png");
  await savePng(path, image);
  assert.deepEqual([...(await loadImage(path)).data], [...image.data]);
  assert.deepEqual([...(await loadImage(await encodePng(image))).data], [...image.data]);
});

test("a picture that cannot be written leaves nothing behind", async () => {
  writeFileSync(join(folder, "file"), "");
  const before = readdirSync(folder);
  await assert.rejects(savePng(join(folder, "file", "a.png"), plain(1, 1, [0, 0, 0])));
  assert.deepEqual(readdirSync(folder), before);
});

/** Whether any pixel of a box differs from the colour. */
function hasInk(image: Image, colour: readonly number[]): boolean {
  return image.data.some((value, i) => Math.abs(value - (colour[i % 3] as number)) > 60);
}

test("a strip holds every picture at the same height, with its caption below", async () => {
  const out = await strip(
    [
      { image: plain(4, 4, [255, 0, 0]), caption: "before" },
      { image: plain(8, 4, [0, 0, 255]), caption: `a & b <c> "d"` },
    ],
    { height: 64 },
  );
  // 8 pixels around pictures of 64x64 and 128x64, 28 for the caption.
  assert.deepEqual([out.width, out.height], [8 + 64 + 8 + 128 + 8, 8 + 64 + 28]);
  const colourAt = (x: number, y: number) =>
    [...crop(out, { left: x, top: y, width: 1, height: 1 }).data].join();
  assert.equal(colourAt(40, 40), "255,0,0");
  assert.equal(colourAt(144, 40), "0,0,255");
  assert.equal(colourAt(75, 40), "255,255,255");
  for (const left of [8, 80]) {
    assert.ok(hasInk(crop(out, { left, top: 72, width: 64, height: 28 }), [255, 255, 255]));
  }
  await assert.rejects(strip([]), { code: "INVALID_ARGUMENT" });
});

test("the grid picture writes each piece into its cell and the words beside", async () => {
  const grey = [128, 128, 128];
  const pieces = ["▁dog", "", "<0x0A>&", "\u0000\ud800", "internationalisation", "é"];
  const out = await gridPicture(plain(24, 16, grey), {
    grid: { height: 2, width: 3 },
    pieces,
    words: [{ word: "<dog> & cat", similarity: 0.31 }],
  });
  const inked = pieces.map((_, i) => {
    const [left, top] = [24 + (i % 3) * 64 + 2, 24 + Math.floor(i / 3) * 64 + 2];
    return hasInk(crop(out, { left, top, width: 60, height: 60 }), grey);
  });
  assert.deepEqual(inked, [true, false, true, true, true, true]);
  const beside = crop(out, { left: 24 * 2 + 192, top: 70, width: 300, height: 40 });
  assert.ok(hasInk(beside, [0x15, 0x18, 0x1d]));
});

test("the grid picture refuses pieces that do not fill the grid", async () => {
  const content = { grid: { height: 2, width: 2 }, pieces: ["a"], words: [] };
  await assert.rejects(gridPicture(plain(4, 4, [0, 0, 0]), content), (error) => {
    assert.ok(error instanceof V2LError);
    assert.match(error.message, /Expected 4 pieces for `pieces` but received 1 pieces/);
    return true;
  });
});

test("text is drawn with the package's own font on a machine without fonts", async () => {
  const config = join(folder, "no-fonts.conf");
  writeFileSync(config, "<fontconfig></fontconfig>");
  const script = `
    import { strip } from "v2l";
    const image = { width: 1, height: 1, data: new Uint8Array(3) };
    const texts = await Promise.all(["iiii", "llll", "WWWW"].map((caption) => strip([{ image, caption }])));
    process.stdout.write(JSON.stringify(texts.map(({ data }) => Buffer.from(data).toString("base64"))));`;
  const env = { ...process.env, FONTCONFIG_FILE: config };
  const options = { env, cwd: import.meta.dirname, encoding: "utf8" as const };
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
  // Without a font every letter is the same box.
  assert.equal(new Set(JSON.parse(out)).size, 3);
});
