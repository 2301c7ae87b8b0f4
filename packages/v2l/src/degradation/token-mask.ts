import { expected, V2LError } from "@v2l/nn";
import { checkWholeNumber } from "../whole-number.js";
import type { PixelMask } from "./pixel-mask.js";

/** Rows and columns of local tokens. */
export interface TokenGrid {
  readonly height: number;
  readonly width: number;
}

/** Which cells of a grid of local tokens are hidden, or to be restored. */
export interface TokenMask extends TokenGrid {
  /** 1 for a hidden cell, 0 for a visible one, row by row: [height * width]. */
  readonly hidden: Uint8Array;
}

/**
 * The middle of the grid: rows and columns from `height / 2 - side / 2` on, as the official evaluation
 * hides for inpainting (8x8 of 16x16 cells).
 * @param side cells, at most those of the grid
 * @throws V2LError INVALID_ARGUMENT
 */
export function centreMask(grid: TokenGrid, side = 8): TokenMask {
  checkWholeNumber(side, "side", 1);
  if (side > Math.min(grid.height, grid.width)) {
    const what = `at most ${Math.min(grid.height, grid.width)} cells`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "side", side));
  }
  const [top, left] = [Math.floor((grid.height - side) / 2), Math.floor((grid.width - side) / 2)];
  return maskWhere(grid, (y, x) => {
    return y >= top && y < top + side && x >= left && x < left + side;
  });
}

/** The lower half of the rows, as the official evaluation hides for outpainting. */
export function lowerHalfMask(grid: TokenGrid): TokenMask {
  return maskWhere(grid, (y) => y >= Math.floor(grid.height / 2));
}

/** Every cell: what is to be restored where the whole picture is damaged. */
export function wholeMask(grid: TokenGrid): TokenMask {
  return maskWhere(grid, () => true);
}

/** A mask cell by cell. */
export function maskWhere(
  { height, width }: TokenGrid,
  isHidden: (row: number, column: number) => boolean,
): TokenMask {
  const hidden = Uint8Array.from({ length: height * width }, (_, i) => {
    return Number(isHidden(Math.floor(i / width), i % width));
  });
  return { height, width, hidden };
}

/** The hidden cells, 0 to `height * width - 1`, in raster order. */
export function hiddenCells({ hidden }: TokenMask): number[] {
  return Array.from(hidden.keys()).filter((i) => hidden[i] === 1);
}

/**
 * The pixels of a picture that lie in hidden cells.
 * @param picture a size of which every cell gets equally many pixels
 * @throws V2LError INVALID_ARGUMENT
 */
export function pixelsOfCells(
  mask: TokenMask,
  { width, height }: { readonly width: number; readonly height: number },
): PixelMask {
  const [across, down] = [width / mask.width, height / mask.height];
  if (!Number.isInteger(across) || !Number.isInteger(down)) {
    const what = `a picture that ${mask.width}x${mask.height} cells divide evenly`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "picture", `${width}x${height}`));
  }
  const hidden = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / down) * mask.width;
    for (let x = 0; x < width; x++) {
      hidden[y * width + x] = mask.hidden[row + Math.floor(x / across)] as number;
    }
  }
  return { width, height, hidden };
}
