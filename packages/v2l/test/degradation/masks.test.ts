import assert from "node:assert/strict";
import { test } from "node:test";
import { rejects } from "@v2l/testing";
import {
  centreMask,
  encodePng,
  extendImage,
  FILLS,
  hideCells,
  hidePixels,
  type Image,
  marginsOfTokens,
  maskWhere,
  nearestVisible,
  type PixelMask,
  readMask,
  rectangleMask,
  snapToGrid,
} from "v2l";
import { lcgPicture } from "../lcg-picture.js";

const GRID = { height: 4, width: 4 };

const rows = (...lines: readonly string[]): number[] => [...lines.join("")].map(Number);

function image(width: number, ...reds: readonly number[]): Image {
  const data = Uint8Array.from(reds.flatMap((red) => [red, 0, 0]));
  return { width, height: reds.length / width, data };
}

test("a rectangle hides every cell that it reaches into, and tells what that added", () => {
  // Cells of 4 pixels: columns 3..4 reach into cells 0 and 1, rows 8..11 are cell 2 alone.
  const box = { left: 3, top: 8, width: 2, height: 4 };
  const snapped = snapToGrid(rectangleMask({ width: 16, height: 16 }, box), GRID);
  assert.deepEqual([...snapped.mask.hidden], rows("0000", "0000", "1100", "0000"));
  assert.deepEqual([snapped.painted, snapped.covered, snapped.outside], [8, 32, 0]);
});

test("of a wide picture the grid lies on the middle square", () => {
  // The square of 8 pixels begins at column 4. Columns 2..5: two outside, two in the first cell.
  const box = { left: 2, top: 0, width: 4, height: 1 };
  const snapped = snapToGrid(rectangleMask({ width: 16, height: 8 }, box), GRID);
  assert.deepEqual([...snapped.mask.hidden], rows("1000", "0000", "0000", "0000"));
  assert.deepEqual([snapped.painted, snapped.covered, snapped.outside], [2, 4, 2]);
});

test("a pixel that two cells share hides both", () => {
  // 6 pixels for 4 cells of 1.5: pixel 1 lies in cells 0 and 1.
  const box = { left: 1, top: 0, width: 1, height: 1 };
  const { mask, painted } = snapToGrid(rectangleMask({ width: 6, height: 6 }, box), GRID);
  assert.deepEqual([...mask.hidden], rows("1100", "0000", "0000", "0000"));
  assert.equal(painted, 1);
});

test("masks that hide nothing of the square, or all of it, are refused", () => {
  const size = { width: 16, height: 8 };
  const outside = rectangleMask(size, { left: 0, top: 0, width: 4, height: 8 });
  const all = rectangleMask(size, { left: 0, top: 0, width: 16, height: 8 });
  for (const mask of [outside, all]) {
    assert.throws(() => snapToGrid(mask, GRID), { code: "INVALID_ARGUMENT" });
  }
});

test("a rectangle must lie inside the picture", () => {
  const box = { left: 2, top: 2, width: 4, height: 1 };
  for (const bad of [{ left: -1 }, { left: 5 }, { top: 8 }, { width: 0 }, { height: 1.5 }]) {
    assert.throws(() => rectangleMask({ width: 8, height: 8 }, { ...box, ...bad }), {
      code: "INVALID_ARGUMENT",
    });
  }
});

test("bright pixels of a painted PNG are hidden; dark and transparent ones are not", async () => {
  // White, red, dark grey, black; then white that is transparent, and blue that is not.
  const rgba = [
    [255, 255, 255, 255],
    [200, 0, 0, 255],
    [90, 90, 90, 255],
    [0, 0, 0, 255],
    [255, 255, 255, 0],
    [0, 0, 255, 255],
  ];
  const raw = { width: 6, height: 1, channels: 4, data: Uint8Array.from(rgba.flat()) } as const;
  const mask = await readMask(raw, { width: 6, height: 1 });
  assert.deepEqual([...mask.hidden], [1, 1, 0, 0, 0, 1]);
  const png = await encodePng(image(2, 255, 0));
  assert.deepEqual([...(await readMask(png, { width: 2, height: 1 })).hidden], [1, 0]);
  await rejects(readMask(png, { width: 1, height: 2 }), "INVALID_ARGUMENT", "1x2", "2x1");
});

test("what hidden pixels held has no influence, whatever the fill", () => {
  const mask = centreMask(GRID, 2);
  const [one, other] = [lcgPicture(8, 8, 1), lcgPicture(8, 8, 2)];
  const visible = hideCells(one, mask, "grey");
  // Another middle inside the same frame.
  const swapped = { ...one, data: one.data.slice() };
  for (let y = 2; y < 6; y++) {
    const at = (y * 8 + 2) * 3;
    swapped.data.set(other.data.subarray(at, at + 12), at);
  }
  assert.notDeepEqual(swapped.data, one.data);
  assert.deepEqual(hideCells(swapped, mask, "grey"), visible);
  for (const fill of FILLS) {
    assert.deepEqual(hideCells(swapped, mask, fill), hideCells(one, mask, fill));
  }
});

test("the fills by hand", () => {
  const picture = image(5, 10, 99, 99, 99, 21);
  const pixels: PixelMask = { width: 5, height: 1, hidden: Uint8Array.from([0, 1, 1, 1, 0]) };
  const reds = (filled: Image) => [...filled.data].filter((_, i) => i % 3 === 0);
  // The middle is two steps from both; the left one comes first.
  assert.deepEqual(reds(hidePixels(picture, pixels, "nearest")), [10, 10, 10, 21, 21]);
  // (10 + 21) / 2, rounded up.
  assert.deepEqual(reds(hidePixels(picture, pixels, "mean")), [10, 16, 16, 16, 21]);
  assert.deepEqual(reds(hidePixels(picture, pixels, "grey")), [10, 128, 128, 128, 21]);
  assert.deepEqual(reds(picture), [10, 99, 99, 99, 21]);
});

test("the nearest visible cell is as near as any", () => {
  const mask = maskWhere({ height: 7, width: 9 }, (y, x) => (x * 5 + y * 3) % 11 !== 0);
  const distance = (a: number, b: number) => {
    return Math.abs((a % 9) - (b % 9)) + Math.abs(Math.floor(a / 9) - Math.floor(b / 9));
  };
  const visible = [...mask.hidden.keys()].filter((i) => mask.hidden[i] === 0);
  nearestVisible(mask).forEach((from, to) => {
    assert.equal(mask.hidden[from], 0);
    assert.equal(distance(from, to), Math.min(...visible.map((one) => distance(one, to))));
  });
});

test("hiding needs a mask of the picture's size, cells that fit, and something visible", () => {
  const picture = lcgPicture(8, 8, 0);
  const all = maskWhere(GRID, () => true);
  const uneven = maskWhere({ height: 3, width: 3 }, (y) => y === 0);
  const small = rectangleMask({ width: 4, height: 4 }, { left: 0, top: 0, width: 1, height: 1 });
  const refused = { code: "INVALID_ARGUMENT" };
  assert.throws(() => hideCells(picture, all, "mean"), refused);
  assert.throws(() => hideCells(picture, uneven, "mean"), refused);
  assert.throws(() => hidePixels(picture, small, "mean"), refused);
  assert.throws(() => centreMask(GRID, 5), refused);
});

test("an extended picture is a square with the picture and hidden margins in its middle", () => {
  const { image: square, pixels, box } = extendImage(image(2, 10, 20), { right: 2, top: 1 });
  assert.deepEqual(box, { left: 0, top: 1, width: 4, height: 2 });
  assert.deepEqual([square.width, square.height], [4, 4]);
  const reds = [...square.data].filter((_, i) => i % 3 === 0);
  assert.deepEqual(reds, [15, 15, 15, 15, 15, 15, 15, 15, 10, 20, 15, 15, 15, 15, 15, 15]);
  assert.deepEqual([...pixels.hidden], rows("1111", "1111", "0011", "1111"));
});

test("margins of tokens leave the picture the other tokens of the grid", () => {
  const sixteen = { height: 16, width: 16 };
  // A square of 192 in cells of 12: four cells for the margin, 144 pixels for 12 cells.
  const margins = marginsOfTokens({ width: 144, height: 144 }, { left: 4 }, sixteen);
  assert.deepEqual(margins, { left: 48, right: 0, top: 0, bottom: 0 });
  const { image: square, pixels } = extendImage(lcgPicture(144, 144, 1), margins);
  assert.equal(square.width, 192);
  const { mask } = snapToGrid(pixels, sixteen);
  for (let row = 2; row < 14; row++) {
    const cells = [...mask.hidden.subarray(row * 16, (row + 1) * 16)];
    assert.deepEqual(cells, rows("1111000000000000"));
  }
});

test("margins must be whole, not negative, and leave room for the picture", () => {
  const picture = lcgPicture(8, 8, 0);
  for (const margins of [{}, { left: 0 }, { left: -1, right: 2 }, { top: 1.5 }]) {
    assert.throws(() => extendImage(picture, margins), { code: "INVALID_ARGUMENT" });
  }
  for (const margins of [{ left: 2, right: 2 }, { top: 4 }, { bottom: -1 }, { top: 0.5 }]) {
    assert.throws(() => marginsOfTokens(picture, margins, GRID), { code: "INVALID_ARGUMENT" });
  }
});
