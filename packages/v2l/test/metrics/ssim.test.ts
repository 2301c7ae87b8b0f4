import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Image, psnrRgb, psnrY, rectangleMask, ssim } from "v2l";
import { mixedPicture } from "../lcg-picture.js";

interface Case {
  readonly width: number;
  readonly height: number;
  /** Left, top, width and height of the region. */
  readonly box: readonly [number, number, number, number] | null;
  readonly rgb: number;
  readonly y: number;
  readonly psnrRgb: number;
  readonly psnrY: number;
}

// Written by fixtures/pictures.py with numpy 2.4 and scipy 1.17.
const fixture = new URL("../../../test/metrics/fixtures/pictures.json", import.meta.url);
const cases = JSON.parse(readFileSync(fixture, "utf8")) as Case[];

function near(actual: number, wanted: number): void {
  assert.ok(Math.abs(actual - wanted) <= 1e-9 * Math.abs(wanted), `${actual} is not ${wanted}`);
}

for (const { width, height, box, ...wanted } of cases) {
  test(`SSIM and PSNR of ${width}x${height} in ${box ?? "all"} equal scipy's`, () => {
    const [a, b] = [mixedPicture(width, height, 1), mixedPicture(width, height, 2)];
    const [left = 0, top = 0, across = width, down = height] = box ?? [];
    const region = rectangleMask(a, { left, top, width: across, height: down });
    near(ssim(a, b, { region }), wanted.rgb);
    near(ssim(a, b, { channels: "y", region }), wanted.y);
    near(psnrRgb(a, b, region), wanted.psnrRgb);
    near(psnrY(a, b, region), wanted.psnrY);
    if (box !== null) return;
    near(ssim(a, b), wanted.rgb);
    near(psnrRgb(a, b), wanted.psnrRgb);
  });
}

test("equal pictures have SSIM 1, constant ones too; of different constants luminance alone counts", () => {
  const flat = (value: number): Image => {
    return { width: 12, height: 12, data: new Uint8Array(432).fill(value) };
  };
  near(ssim(mixedPicture(16, 16, 1), mixedPicture(16, 16, 1)), 1);
  near(ssim(flat(7), flat(7)), 1);
  // (2 * 50 * 100 + 6.5025) / (50^2 + 100^2 + 6.5025), with (0.01 * 255)^2 = 6.5025.
  near(ssim(flat(50), flat(100)), 10006.5025 / 12506.5025);
});

test("what lies outside the region does not change a PSNR", () => {
  const [a, b] = [mixedPicture(16, 16, 1), mixedPicture(16, 16, 2)];
  const region = rectangleMask(a, { left: 4, top: 4, width: 8, height: 8 });
  const changed = { ...b, data: b.data.slice() };
  changed.data.fill(0, 0, 3 * 16 * 4);
  assert.notEqual(psnrRgb(a, changed), psnrRgb(a, b));
  for (const psnr of [psnrRgb, psnrY]) assert.equal(psnr(a, changed, region), psnr(a, b, region));
});

test("small pictures, other sizes and regions without a window are refused", () => {
  const picture = mixedPicture(16, 16, 1);
  const corner = rectangleMask(picture, { left: 0, top: 0, width: 5, height: 16 });
  const empty = { ...corner, hidden: new Uint8Array(256) };
  const other = rectangleMask({ width: 8, height: 8 }, { left: 0, top: 0, width: 8, height: 8 });
  const refused = { code: "INVALID_ARGUMENT" };
  assert.throws(() => ssim(mixedPicture(16, 10, 1), mixedPicture(16, 10, 1)), refused);
  assert.throws(() => ssim(picture, mixedPicture(16, 17, 1)), refused);
  for (const region of [corner, empty, other]) {
    assert.throws(() => ssim(picture, picture, { region }), refused);
  }
  for (const region of [empty, other]) {
    assert.throws(() => psnrRgb(picture, picture, region), refused);
  }
});
