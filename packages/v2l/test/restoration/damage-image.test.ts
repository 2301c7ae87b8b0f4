import assert from "node:assert/strict";
import { test } from "node:test";
import { blur, damageImage, hideCells, type Image, maskWhere, V2LError } from "v2l";
import { tinyParts } from "../tiny-bundle.js";
import { picture } from "../v2l/tiny-v2l.js";

const { clip } = tinyParts();
/** Images of 16x16 pixels, a grid of 8x8 tokens. */
const manifest = {
  image: { size: 16 },
  grid: { height: 8, width: 8 },
  clip: {
    config: clip.config,
    preprocess: clip.preprocess,
    reference: "",
    textTokenizer: null,
    file: "",
  },
};
const image = picture(16, 16, 3);

test("a mask hides other cells than the paper's", () => {
  const mask = maskWhere(manifest.grid, (row) => row === 0);
  const result = damageImage(image, "inpainting", manifest, { mask, fill: "grey" });
  assert.deepEqual(result, { clean: image, degraded: hideCells(image, mask, "grey"), mask });
});

test("a kernel blurs instead of the one that the seed draws", () => {
  const { degraded } = damageImage(image, "deblur", manifest, { blur: { kernel: 3 } });
  assert.deepEqual(degraded, blur(image, { kernel: 3 }));
  const drawn = [0, 1, 2, 3].map(
    (seed) => damageImage(image, "deblur", manifest, { seed }).degraded,
  );
  assert.ok(drawn.some((one) => !Buffer.from(one.data).equals(Buffer.from(drawn[0]?.data ?? []))));
});

test("a shift moves the content by whole tokens, and not at all without one", () => {
  const { clean, degraded } = damageImage(image, "shift", manifest, {
    shift: { right: 2, down: 2 },
  });
  // Two tokens are four pixels: what was at row 4, column 4 is now at row 0, column 0.
  const row = ({ data }: Image, y: number, from: number, to: number) => {
    return [...data.slice((y * 16 + from) * 3, (y * 16 + to) * 3)];
  };
  for (let y = 0; y < 12; y++) assert.deepEqual(row(degraded, y, 0, 12), row(clean, y + 4, 4, 16));
  const still = damageImage(image, "shift", manifest);
  assert.deepEqual(still.degraded, still.clean);
  const uneven = { shift: { right: 2, down: 1 } };
  assert.throws(() => damageImage(image, "shift", manifest, uneven), V2LError);
});
