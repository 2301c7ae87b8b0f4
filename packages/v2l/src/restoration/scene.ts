import { expected, V2LError } from "@v2l/nn";
import type { BundleManifest } from "../bundle/manifest.js";
import {
  type BlurOptions,
  blur,
  centreMask,
  type Degraded,
  degrade,
  type Fill,
  hideCells,
  lowerHalfMask,
  maskWhere,
  pixelsOfCells,
  type RestorationTask,
  rotateLeft,
  type TokenGrid,
  type TokenMask,
  wholeMask,
} from "../degradation/index.js";
import type { Image } from "../image/image.js";
import { tokenizerSquare } from "../image/preprocess.js";

/** How far the content of a shifted picture has to go back, in tokens. */
export interface Shift {
  readonly right: number;
  readonly down: number;
}

/** What is known of a damage. */
export interface DamageOptions {
  /** Hidden cells, for in- and outpainting. Default: as in the paper, the middle or the lower half. */
  readonly mask?: TokenMask;
  /** For `shift`. Default {@link DEFAULT_SHIFT}; none where a clean picture is damaged. */
  readonly shift?: Shift;
  /** How clean pictures are blurred to learn deblurring. Default: a kernel of 9 pixels. */
  readonly blur?: BlurOptions;
  /** What hidden pixels are painted with before the picture is encoded. Default `nearest`. */
  readonly fill?: Fill;
}

export const DEFAULT_SHIFT: Shift = { right: 2, down: 2 };
const DEFAULT_FILL: Fill = "nearest";
export const DEFAULT_BLUR: BlurOptions = { kernel: 9 };

/** What a task does to a picture. */
export interface Damage {
  /** The cells to restore. */
  readonly mask: TokenMask;
  /** Whether it hides these cells and leaves the others as they are; otherwise all are changed. */
  readonly hides: boolean;
  /** Damages a clean picture that is as large as the grid is. */
  readonly worsen: (image: Image) => Image;
  /** The cell of the damaged grid that shows what a cell of the clean one shows. */
  readonly source: (cell: number) => number;
}

/** All that a restoration may look at. */
export interface Scene {
  /** The square that is encoded; hidden pixels are painted over. */
  readonly picture: Image;
  readonly damage: Damage;
}

/** What a scene needs of a bundle. */
export type SceneManifest = Pick<BundleManifest, "image" | "grid" | "clip">;

/**
 * Prepares a damaged picture. Hidden pixels are painted over first, so that nothing computed from the
 * scene depends on them. A shifted picture is moved back, which hides the cells that it leaves.
 * @throws V2LError INVALID_ARGUMENT
 */
export function damagedScene(
  image: Image,
  task: RestorationTask,
  { image: sizes, grid, clip }: SceneManifest,
  options: DamageOptions,
): Scene {
  const { shift = DEFAULT_SHIFT } = options;
  const damage = damageOf(task, grid, options);
  const square = tokenizerSquare(image, sizes.size, clip.preprocess);
  const placed = task === "shift" ? moved(square, shift, grid) : square;
  return { picture: damage.hides ? damage.worsen(placed) : placed, damage };
}

/**
 * What a task does to pictures. Of a shift, it is what moving back leaves: cells without a content.
 * @throws V2LError INVALID_ARGUMENT
 */
export function damageOf(
  task: RestorationTask,
  grid: TokenGrid,
  { mask, shift = DEFAULT_SHIFT, blur: kernel = DEFAULT_BLUR, fill = DEFAULT_FILL }: DamageOptions,
): Damage {
  const source = (cell: number) => cell;
  const hiding = (cells: TokenMask): Damage => {
    const worsen = (image: Image) => hideCells(image, cells, fill);
    return { mask: cells, hides: true, worsen, source };
  };
  const whole = { mask: wholeMask(grid), hides: false } as const;
  switch (task) {
    case "inpainting":
      return hiding(mask ?? centreMask(grid, Math.min(grid.height, grid.width) / 2));
    case "outpainting":
      return hiding(mask ?? lowerHalfMask(grid));
    case "shift":
      checkShift(shift, grid);
      return hiding(maskWhere(grid, (row, column) => row < shift.down || column < shift.right));
    case "deblur":
      return { ...whole, worsen: (image) => blur(image, kernel), source };
    case "rotation":
      return { ...whole, worsen: rotateLeft, source: (cell) => turned(cell, grid) };
  }
}

/** The cell that a rotation by 90 degrees counter-clockwise puts a cell's content into. */
function turned(cell: number, { height, width }: TokenGrid): number {
  const [row, column] = [Math.floor(cell / width), cell % width];
  return (width - 1 - column) * height + row;
}

/** {@link DamageOptions} for a picture that is still clean. */
export interface DamageImageOptions extends DamageOptions {
  /** Decides the kernel of a blur where `blur` does not. Default 0. */
  readonly seed?: number;
}

/**
 * Damages a clean picture as the official evaluation of the task does (see {@link degrade}), or as the
 * options say. Without `shift` only pictures that are no squares are shifted.
 * @throws V2LError INVALID_ARGUMENT, also for a shift that is not the same to the right and down.
 */
export function damageImage(
  image: Image,
  task: RestorationTask,
  manifest: SceneManifest,
  { mask, shift = { right: 0, down: 0 }, blur: kernel, fill, seed = 0 }: DamageImageOptions = {},
): Degraded {
  const { image: sizes, grid } = manifest;
  if (shift.right !== shift.down) {
    const received = `${shift.right} and ${shift.down}`;
    throw new V2LError("INVALID_ARGUMENT", expected("equal shifts", "shift", received));
  }
  const shiftMargin = (2 * shift.right * sizes.size) / grid.width;
  const scene = degrade(image, task, manifest, { seed, shiftMargin, ...(fill && { fill }) });
  const { clean } = scene;
  if (task === "deblur" && kernel !== undefined) return { ...scene, degraded: blur(clean, kernel) };
  if (!hidesCells(task) || mask === undefined) return scene;
  return { clean, degraded: hideCells(clean, mask, fill ?? DEFAULT_FILL), mask };
}

/** Whether a task hides some cells and leaves the others at their places and as they were. */
export function hidesCells(task: RestorationTask): boolean {
  return task === "inpainting" || task === "outpainting";
}

/** The restored picture with the known pixels of the scene outside the mask. */
export function pasteKnown(restored: Image, known: Image, mask: TokenMask): Image {
  const { hidden } = pixelsOfCells(mask, known);
  const data = restored.data.slice();
  hidden.forEach((one, i) => {
    if (one === 0) data.set(known.data.subarray(i * 3, i * 3 + 3), i * 3);
  });
  return { ...restored, data };
}

/** The picture moved right and down; the cells that it leaves are black, what it pushes out is lost. */
function moved({ width, height, data }: Image, { right, down }: Shift, grid: TokenGrid): Image {
  const [x, y] = [(right * width) / grid.width, (down * height) / grid.height];
  const out = new Uint8Array(data.length);
  for (let row = y; row < height; row++) {
    const from = (row - y) * width * 3;
    out.set(data.subarray(from, from + (width - x) * 3), (row * width + x) * 3);
  }
  return { width, height, data: out };
}

function checkShift({ right, down }: Shift, grid: TokenGrid): void {
  const fits = (tokens: number, all: number) =>
    Number.isInteger(tokens) && tokens >= 0 && tokens < all;
  if (fits(right, grid.width) && fits(down, grid.height) && right + down > 0) return;
  const what = `whole tokens below ${grid.width} and ${grid.height}, one of them above 0,`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "shift", `${right} and ${down}`));
}
