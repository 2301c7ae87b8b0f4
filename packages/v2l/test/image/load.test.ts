import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { crc32, deflateSync } from "node:zlib";
import { type ErrorCode, V2LError } from "@v2l/nn";
import sharp from "sharp";
import { type ImageSource, type LoadImageOptions, loadImage } from "v2l";

const folder = mkdtempSync(join(tmpdir(), "v2l-load-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A sharp pipeline over interleaved pixels. */
function from(pixels: number[], width: number, height: number, channels: 1 | 2 | 3 | 4) {
  return sharp(new Uint8Array(pixels), { raw: { width, height, channels } });
}

async function pixels(source: ImageSource, options?: LoadImageOptions): Promise<number[]> {
  return [...(await loadImage(source, options)).data];
}

async function refuses(
  source: ImageSource,
  code: ErrorCode,
  message: RegExp,
  options?: LoadImageOptions,
) {
  await assert.rejects(loadImage(source, options), (error) => {
    assert.ok(error instanceof V2LError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}

const noise = Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) & 255);
const red = [255, 0, 0];
const blue = [0, 0, 255];

test("path, file URL and bytes give the same pixels", async () => {
  const png = await from([...red, ...blue], 2, 1, 3)
    .png()
    .toBuffer();
  const path = file("two.png", png);
  for (const source of [path, pathToFileURL(path), png, new Uint8Array(png).buffer]) {
    assert.deepEqual(await pixels(source), [...red, ...blue]);
  }
});

test("EXIF orientation turns the picture upright", async () => {
  // Orientation 6: the stored picture must be turned 90 degrees clockwise, so left becomes top.
  const bytes = await from([...red, ...blue], 2, 1, 3)
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  const image = await loadImage(bytes);
  assert.deepEqual([image.width, image.height], [1, 2]);
  assert.deepEqual([...image.data], [...red, ...blue]);
});

test("transparent pixels show the background, white unless told otherwise", async () => {
  const rgba = [...red, 255, ...blue, 0, 0, 0, 0, 51];
  const png = await from(rgba, 3, 1, 4).png().toBuffer();
  const raw = { data: new Uint8Array(rgba), width: 3, height: 1 };
  for (const source of [png, raw]) {
    // Black at 51/255 = 20% over white 255 is 204; over green 255 it is 204 in green only.
    assert.deepEqual(await pixels(source), [...red, 255, 255, 255, 204, 204, 204]);
    const green = await pixels(source, { background: [0, 255, 0] });
    assert.deepEqual(green, [...red, 0, 255, 0, 0, 204, 0]);
  }
});

test("grey pictures become RGB, with and without alpha", async () => {
  const grey = await from([0, 100, 255], 3, 1, 1).toColourspace("b-w").png().toBuffer();
  assert.equal((await sharp(grey).metadata()).channels, 1);
  assert.deepEqual(await pixels(grey), [0, 0, 0, 100, 100, 100, 255, 255, 255]);
  const raw = {
    data: new Uint8Array([100, 255, 100, 0]),
    width: 2,
    height: 1,
    channels: 2,
  } as const;
  assert.deepEqual(await pixels(raw), [100, 100, 100, 255, 255, 255]);
});

test("16-bit pictures keep their high byte", async () => {
  const values = new Uint16Array([0x1234, 0xabcd, 0xffff]);
  const png = await sharp(values, { raw: { width: 1, height: 1, channels: 3 } })
    .toColourspace("rgb16")
    .png()
    .toBuffer();
  assert.equal((await sharp(png).metadata()).depth, "ushort");
  assert.deepEqual(await pixels(png), [0x12, 0xab, 0xff]);
});

test("CMYK becomes RGB", async () => {
  const square = (colour: number[]) => from(Array(256).fill(colour).flat(), 16, 16, 3);
  for (const colour of [red, [255, 255, 255]]) {
    const jpeg = await square(colour).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    assert.equal((await sharp(jpeg).metadata()).space, "cmyk");
    const got = (await pixels(jpeg)).slice(0, 3);
    // Red leaves the printable colours, so it only has to stay red.
    const error = Math.max(...got.map((value, c) => Math.abs(value - (colour[c] as number))));
    assert.ok(error <= (colour === red ? 45 : 2), `${colour} became ${got}`);
  }
});

test("colour profiles of RGB files are ignored, as Pillow ignores them", async () => {
  const bytes = await from([200, 30, 40], 1, 1, 3).withIccProfile("p3").png().toBuffer();
  const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
  assert.notDeepEqual([...stored], [200, 30, 40]);
  assert.deepEqual(await pixels(bytes), [...stored]);
});

test("of an animation the first frame is read, or the one asked for", async () => {
  const png = (colour: number[]) => from(Array(4).fill(colour).flat(), 2, 2, 3).png().toBuffer();
  const frames = await Promise.all([red, blue].map(png));
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  assert.equal((await sharp(gif).metadata()).pages, 2);
  const [first, second] = [await loadImage(gif), await loadImage(gif, { frame: 1 })];
  assert.deepEqual([first.width, first.height], [2, 2]);
  assert.deepEqual([...first.data.subarray(0, 3)], red);
  assert.deepEqual([...second.data.subarray(0, 3)], blue);
  await refuses(gif, "INVALID_ARGUMENT", /a frame from 0 to 1 for `frame` but received 2/, {
    frame: 2,
  });
});

test("a picture of one pixel is a picture", async () => {
  assert.deepEqual(await pixels(await from(red, 1, 1, 3).png().toBuffer()), red);
});

test("a truncated file is refused, whatever its format", async () => {
  const source = from(noise, 64, 64, 3);
  for (const format of ["jpeg", "png", "webp", "tiff"] as const) {
    const whole = await source.clone().toFormat(format).toBuffer();
    const cut = file(`cut.${format}`, whole.subarray(0, Math.floor(whole.length / 2)));
    await refuses(cut, "IMAGE_UNREADABLE", new RegExp(`cut\\.${format}`));
    await refuses(whole.subarray(0, 40), "IMAGE_UNREADABLE", /complete image file/);
  }
});

test("files that are no images are refused", async () => {
  await refuses(file("text.png", "not a picture"), "IMAGE_UNREADABLE", /text\.png/);
  await refuses(file("empty.png", ""), "IMAGE_UNREADABLE", /an empty file/);
  await refuses(new Uint8Array(0), "IMAGE_UNREADABLE", /0 bytes/);
  await refuses(folder, "IMAGE_UNREADABLE", /a directory/);
  await refuses(join(folder, "none.png"), "FILE_NOT_FOUND", /none\.png/);
  await refuses(join(folder, "text.png", "deeper"), "FILE_NOT_FOUND", /deeper/);
});

/** A PNG whose header claims a size and whose pixels are missing. */
function pngHeader(width: number, height: number): Uint8Array {
  const chunk = (type: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), body]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, check]);
  };
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", size),
    chunk("IDAT", deflateSync(Buffer.alloc(10))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

test("an image larger than the limit is refused from its header", async () => {
  await refuses(pngHeader(20000, 20000), "IMAGE_TOO_LARGE", /20000x20000.*maxPixels/);
  // The limit lifted, the missing pixels are what is wrong.
  await refuses(pngHeader(200, 200), "IMAGE_UNREADABLE", /complete image file/);
  const ten = await from(noise.slice(0, 30), 10, 1, 3).png().toBuffer();
  await refuses(ten, "IMAGE_TOO_LARGE", /at most 9 pixels/, { maxPixels: 9 });
  assert.equal((await pixels(ten, { maxPixels: 10 })).length, 30);
});

test("raw pixels must fit their size", async () => {
  const raw = (length: number, width: number, height: number) =>
    ({ data: new Uint8Array(length), width, height }) as const;
  await refuses(raw(10, 2, 2), "INVALID_ARGUMENT", /2 \* 2 \* 1 to 4/);
  await refuses(raw(0, 0, 0), "INVALID_ARGUMENT", /0/);
  await refuses({ ...raw(12, 2, 2), channels: 4 }, "INVALID_ARGUMENT", /12 bytes/);
  assert.equal((await pixels(raw(4, 2, 2))).length, 12);
});

// Written by fixtures/decode.py with Pillow 9.4.
const fixture = new URL("../../../test/image/fixtures/decode.json", import.meta.url);
const decoded = JSON.parse(readFileSync(fixture, "utf8")) as Record<string, string>[];
for (const { name, file: encoded = "", pixels: wanted = "" } of decoded) {
  test(`${name}: the pixels are those that Pillow reads`, async () => {
    const image = await loadImage(Buffer.from(encoded, "base64"));
    assert.deepEqual([image.width, image.height], [22, 18]);
    assert.deepEqual(Buffer.from(image.data), Buffer.from(wanted, "base64"));
  });
}
