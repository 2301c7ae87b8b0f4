import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  borderOrder,
  centreMask,
  DIRECTIONS,
  hiddenCells,
  lowerHalfMask,
  maskWhere,
  type OrderedWindow,
  Scan,
  scanOrder,
  type TokenMask,
} from "v2l";

const grid = { height: 3, width: 4 };

describe("a scan", () => {
  // The grid, by hand:  0  1  2  3
  //                     4  5  6  7
  //                     8  9 10 11
  const cells = {
    right: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    left: [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    down: [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11],
    up: [11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0],
  };
  const all = () => true;

  for (const direction of DIRECTIONS) {
    test(`${direction}: the order of the cells`, () => {
      assert.deepEqual(new Scan(grid, direction).cells, cells[direction]);
    });
  }

  test("what is behind, ahead and before a cell", () => {
    const at6 = DIRECTIONS.map((direction) => {
      const scan = new Scan(grid, direction);
      return [direction, scan.behind(6), scan.ahead(6, 3, all), scan.before(6, 3, all)];
    });
    assert.deepEqual(at6, [
      ["right", 5, [6, 7], [3, 4, 5]],
      ["down", 2, [6, 10], [5, 9, 2]],
      ["left", 7, [6, 5, 4], [9, 8, 7]],
      ["up", 10, [6, 2], [7, 3, 10]],
    ]);
    assert.equal(new Scan(grid, "right").behind(4), null);
    assert.equal(new Scan(grid, "up").behind(10), null);
    assert.deepEqual(
      new Scan(grid, "right").before(6, 3, (cell) => cell !== 4),
      [5],
    );
  });

  test("the cells before weigh by their distance in the grid", () => {
    // Steps back in rows of 4: 5 is one row and one column away, 4 one row, 3 one row and one column
    // on the other side, which counts as 1, and so on.
    assert.deepEqual(new Scan(grid, "right").weights(5), [1 / 2, 1, 1, 1 / 2, 1]);
  });
});

/** Checks that every hidden cell is filled once, and that nothing is read before it is known. */
function checkOrder(mask: TokenMask, waves: readonly (readonly OrderedWindow[])[]): void {
  const known = new Set([...mask.hidden.keys()].filter((cell) => mask.hidden[cell] === 0));
  for (const wave of waves) {
    for (const { reads } of wave) assert.ok(reads.every((cell) => known.has(cell)));
    for (const { cells } of wave) {
      for (const cell of cells) {
        assert.ok(!known.has(cell), `cell ${cell} is filled twice or was visible`);
        known.add(cell);
      }
    }
  }
  assert.equal(known.size, mask.hidden.length);
}

describe("orders of filling", () => {
  const options = { context: 16, step: 2 };
  const big = { height: 16, width: 16 };
  const spot = maskWhere(big, (row, column) => (row * 7 + column * 5) % 3 === 0);
  const masks = { centre: centreMask(big, 8), lower: lowerHalfMask(big), spot };

  for (const [name, mask] of Object.entries(masks)) {
    test(`${name}: every order fills each hidden cell once from what is known`, () => {
      for (const direction of DIRECTIONS) {
        checkOrder(mask, scanOrder(new Scan(big, direction), mask, options));
      }
      for (const step of [1, 2, 3]) checkOrder(mask, borderOrder(mask, { ...options, step }));
    });
  }

  test("a scan in reading order has the windows of the paper", () => {
    const waves = scanOrder(new Scan(big, "right"), masks.centre, options);
    // conformance/prompts.json, inpainting: window starts 89, 91, ... 207 with 21 global tokens in front.
    const starts = waves.map(([one]) => 21 + (one?.cells[0] as number));
    assert.deepEqual([starts.length, starts[0], starts[1], starts.at(-1)], [32, 89, 91, 207]);
    assert.ok(waves.every(([one]) => one?.cells.length === 2 && one.reads.length === 16));
  });

  test("the border order looks at each cell from outside and takes whole rings", () => {
    const waves = borderOrder(masks.centre, { context: 16, step: 1 });
    // Rings of a square of 8x8: 28, 20, 12 and 4 cells.
    assert.deepEqual(
      waves.map((wave) => wave.length),
      [28, 20, 12, 4],
    );
    const directionOf = (cell: number) =>
      waves[0]?.find(({ cells }) => cells[0] === cell)?.direction;
    // The middles of the four sides: rows and columns 4 to 11 are hidden.
    assert.equal(directionOf(4 * 16 + 8), "down");
    assert.equal(directionOf(11 * 16 + 8), "up");
    assert.equal(directionOf(8 * 16 + 4), "right");
    assert.equal(directionOf(8 * 16 + 11), "left");
    assert.equal(hiddenCells(masks.centre).length, 64);
  });
});
