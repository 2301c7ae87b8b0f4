import { expected, V2LError } from "@v2l/nn";
import type { Box, Image } from "../image/image.js";
import { type ImageSource, loadImage } from "../image/load.js";
import type { TokenGrid, TokenMask } from "./token-mask.js";

/** Which pixels of a picture are damaged, or not known. */
export interface PixelMask {
  readonly width: number;
  readonly height: number;
  /** 1 for a hidden pixel, 0 for a visible one, row by row: [height * width]. */
  readonly hidden: Uint8Array;
}

type Size = Pick<Image, "width" | "height">;

/** A channel at least this bright marks a pixel of a mask picture as hidden. */
const PAINTED = 128;

/**
 * Hides a rectangle of a picture.
 * @throws V2LError INVALID_ARGUMENT where it has no pixel or leaves the picture
 */
export function rectangleMask({ width, height }: Size, box: Box): PixelMask {
  const { left, top } = box;
  const whole = [left, top, box.width, box.height].every(Number.isInteger);
  const [right, bottom] = [left + box.width, top + box.height];
  const inside = left >= 0 && top >= 0 && right <= width && bottom <= height;
  if (!whole || !inside || box.width < 1 || box.height < 1) {
    const what = `a rectangle of whole pixels inside ${width}x${height}`;
    const received = `${box.width}x${box.height} at ${left},${top}`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "box", received));
  }
  const hidden = new Uint8Array(width * height);
  for (let y = top; y < bottom; y++) hidden.fill(1, y * width + left, y * width + right);
  return { width, height, hidden };
}

/**
 * Reads a mask that someone has painted: bright (any channel at least 128) is hidden, dark and
 * transparent are visible.
 * @param size that of the picture it is for
 * @throws V2LError what {@link loadImage} throws; INVALID_ARGUMENT for another size
 */
export async function readMask(source: ImageSource, { width, height }: Size): Promise<PixelMask> {
  const picture = await loadImage(source, { background: [0, 0, 0] });
  if (picture.width !== width || picture.height !== height) {
    const received = `${picture.width}x${picture.height}`;
    const remedy = "Paint the mask over the picture itself";
    const message = expected(`a mask of ${width}x${height}`, "mask", received, remedy);
    throw new V2LError("INVALID_ARGUMENT", message);
  }
  const { data } = picture;
  const hidden = Uint8Array.from({ length: width * height }, (_, i) => {
    return Number(data.subarray(i * 3, i * 3 + 3).some((channel) => channel >= PAINTED));
  });
  return { width, height, hidden };
}

/** A mask of pixels brought to the grid of tokens, and what that changed. */
export interface SnappedMask {
  readonly mask: TokenMask;
  /** Hidden pixels of the square that is tokenized. */
  readonly painted: number;
  /** Pixels of the hidden cells, `painted` and those that the snap adds; cells may cut pixels. */
  readonly covered: number;
  /** Hidden pixels outside the square, which are cut off with all else there. */
  readonly outside: number;
}

/**
 * Hides every cell that a hidden pixel reaches into, so that no visible cell has anything hidden. The
 * grid lies on the centre square of the picture, as the tokenizer's does.
 * @throws V2LError INVALID_ARGUMENT where no cell is hidden, or all are
 */
export function snapToGrid(pixels: PixelMask, grid: TokenGrid): SnappedMask {
  const { width, height } = pixels;
  const side = Math.min(width, height);
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  const hidden = new Uint8Array(grid.height * grid.width);
  let painted = 0;
  let outside = 0;
  for (let y = 0; y < height; y++) {
    const rows = reached(y - top, side / grid.height, grid.height);
    for (let x = 0; x < width; x++) {
      if (pixels.hidden[y * width + x] === 0) continue;
      const columns = reached(x - left, side / grid.width, grid.width);
      if (rows.length === 0 || columns.length === 0) outside++;
      else painted++;
      for (const row of rows) {
        for (const column of columns) hidden[row * grid.width + column] = 1;
      }
    }
  }
  const cells = hidden.reduce((sum, one) => sum + one, 0);
  checkHiddenCells(cells, hidden.length);
  const covered = Math.round((cells * side * side) / hidden.length);
  return { mask: { ...grid, hidden }, painted, covered, outside };
}

/** The cells, of `count` that begin at 0, that a pixel at `position` reaches into: none, one or more. */
function reached(position: number, cell: number, count: number): number[] {
  const first = Math.max(0, Math.floor(position / cell));
  const last = Math.min(count, Math.ceil((position + 1) / cell)) - 1;
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

function checkHiddenCells(cells: number, all: number): void {
  if (cells > 0 && cells < all) return;
  const what = "a mask that hides some of the centre square, and not all of it";
  const received = cells === 0 ? "one that hides nothing there" : "one that hides everything";
  throw new V2LError("INVALID_ARGUMENT", expected(what, "mask", received));
}
