import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readNpy, skipWithout } from "@v2l/testing";
import { clipSquare, type Image, resize, resizeOpenCv, tokenizerSquare } from "v2l";
import { lcgPicture } from "../lcg-picture.js";

interface Case {
  readonly method: keyof typeof methods;
  readonly seed: number;
  readonly from: [number, number];
  readonly to: [number, number];
  readonly pixels: string;
}

type Size = { readonly width: number; readonly height: number };

const methods = {
  bicubic: (image: Image, size: Size) => resize(image, size, "bicubic"),
  bilinear: (image: Image, size: Size) => resize(image, size, "bilinear"),
  opencv: resizeOpenCv,
  clipSquare: (image: Image, size: Size) => clipSquare(image, size.width),
  officialSquare: (image: Image, size: Size) => tokenizerSquare(image, size.width, "official"),
};

// Written by fixtures/resize.py with Pillow 9.4 and OpenCV 4.14.
const fixture = new URL("../../../test/image/fixtures/resize.json", import.meta.url);
const cases = JSON.parse(readFileSync(fixture, "utf8")) as Case[];

for (const { method, seed, from, to, pixels } of cases) {
  test(`${method} ${from.join("x")} -> ${to.join("x")} equals the reference bit for bit`, () => {
    const out = methods[method](lcgPicture(...from, seed), { width: to[0], height: to[1] });
    assert.deepEqual([out.width, out.height], to);
    assert.deepEqual(Buffer.from(out.data), Buffer.from(pixels, "base64"));
  });
}

test("a box computes the same pixels as cropping the whole result", () => {
  const image = lcgPicture(61, 47, 9);
  const size = { width: 31, height: 90 };
  const box = { left: 7, top: 20, width: 11, height: 13 };
  for (const run of [
    (b?: typeof box) => resize(image, size, "bicubic", b),
    (b?: typeof box) => resizeOpenCv(image, size, b),
  ]) {
    const [whole, part] = [run(), run(box)];
    for (let y = 0; y < box.height; y++) {
      const start = ((box.top + y) * size.width + box.left) * 3;
      assert.deepEqual(
        part.data.subarray(y * box.width * 3, (y + 1) * box.width * 3),
        whole.data.subarray(start, start + box.width * 3),
      );
    }
  }
});

test("a line of pixels becomes a square without a giant intermediate picture", () => {
  const line = lcgPicture(100_000, 1, 3);
  assert.equal(clipSquare(line, 224).data.length, 224 * 224 * 3);
  assert.equal(tokenizerSquare(line, 128, "official").data.length, 128 * 128 * 3);
});

test("bicubic 128 -> 224 equals the official CLIP transform on all fixture images", {
  skip: skipWithout("images.npy", "clip_pixels.npy"),
}, () => {
  const images = readNpy("images.npy").data as Uint8Array;
  const wanted = readNpy("clip_pixels.npy").data as Uint8Array;
  const [from, to] = [128 * 128 * 3, 224 * 224 * 3];
  for (let n = 0; n < 4; n++) {
    const data = images.subarray(n * from, (n + 1) * from);
    const out = resize({ width: 128, height: 128, data }, { width: 224, height: 224 }, "bicubic");
    assert.deepEqual(out.data, wanted.subarray(n * to, (n + 1) * to));
  }
});
