import assert from "node:assert/strict";
import { test } from "node:test";
import { type Image, psnrRgb, psnrY } from "v2l";

const image = (...data: number[]): Image => ({
  width: data.length / 3,
  height: 1,
  data: new Uint8Array(data),
});

function near(actual: number, wanted: number): void {
  assert.ok(Math.abs(actual - wanted) < 1e-6, `${actual} is not ${wanted}`);
}

test("PSNR on RGB", () => {
  // Differences 10, 0, 20 and 0, 0, 0: mean square 500 / 6; 10 log10(65025 * 6 / 500).
  const psnr = psnrRgb(image(10, 20, 30, 1, 2, 3), image(20, 20, 50, 1, 2, 3));
  near(psnr, 28.922616);
  assert.equal(psnrRgb(image(1, 2, 3), image(1, 2, 3)), Number.POSITIVE_INFINITY);
});

test("PSNR on Y of YCbCr", () => {
  // Grey 100 against 151 differs by 0.2 of 219/255 in Y: mean square 0.029503, plus 1e-8.
  near(psnrY(image(100, 100, 100), image(151, 151, 151)), 15.301319);
  // Pure green against black: Y differs by 128.553/255.
  near(psnrY(image(0, 255, 0), image(0, 0, 0)), 5.949159);
  near(psnrY(image(1, 2, 3), image(1, 2, 3)), 80);
});

test("pictures of different sizes are refused", () => {
  const [one, two] = [image(1, 2, 3), image(1, 2, 3, 4, 5, 6)];
  for (const psnr of [psnrRgb, psnrY]) {
    assert.throws(() => psnr(one, two), { code: "INVALID_ARGUMENT" });
  }
});
