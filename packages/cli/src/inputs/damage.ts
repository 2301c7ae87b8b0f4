import {
  type Box,
  type DamageOptions,
  extendImage,
  type Image,
  loadInput,
  type Margins,
  marginsOfTokens,
  type PixelMask,
  readMask,
  rectangleMask,
  type SnappedMask,
  snapToGrid,
  type TokenGrid,
  type V2L,
} from "v2l";
import { UsageError } from "../command/errors.js";
import type { Values } from "../command/option.js";
import type { RestoreOptions, TaskName } from "../commands/restore.js";
import { count } from "../output/format.js";
import type { Output } from "../output/output.js";

/** An image to restore, and what is known of its damage. */
export interface DamagedImage {
  readonly image: Image;
  readonly damage: DamageOptions;
  /** The part of the square that was asked for, 0 to 1; null: all of it. */
  readonly share: Box | null;
}

/** What of a command's options tells of the damage. */
type Told = Partial<Values<RestoreOptions>>;

/** Reads an image and the damage that the options tell of; shows what became of a mask. */
export async function readDamaged(
  v2l: V2L,
  file: string,
  task: TaskName,
  options: Told,
  output: Output,
): Promise<DamagedImage> {
  const image = await loadInput(file);
  const { grid } = v2l.manifest;
  if (task === "inpaint") {
    const pixels = await paintedMask(image, options);
    return { image, damage: snapped(pixels, grid, output), share: null };
  }
  if (task === "outpaint" && options.margin !== undefined && options.margin.length > 0) {
    const margins = marginsOfTokens(image, parseMargins(options.margin), grid);
    const extended = extendImage(image, margins);
    const damage = snapped(extended.pixels, grid, output);
    return { image: extended.image, damage, share: shareOf(extended.box, extended.image.width) };
  }
  const { right = 0, down = 0, kernel } = options;
  if (task === "unshift") return { image, damage: { shift: { right, down } }, share: null };
  const damage = task === "deblur" && kernel !== undefined ? { blur: { kernel } } : {};
  return { image, damage, share: null };
}

async function paintedMask(image: Image, { mask, rect }: Told): Promise<PixelMask | null> {
  if (mask !== undefined && rect !== undefined) {
    throw new UsageError("Expected `--mask` or `--rect` but received both");
  }
  if (mask !== undefined) return readMask(mask, image);
  return rect === undefined ? null : rectangleMask(image, parseRectangle(rect));
}

function snapped(pixels: PixelMask | null, grid: TokenGrid, output: Output): DamageOptions {
  if (pixels === null) return {};
  const result = snapToGrid(pixels, grid);
  output.note(snapLine(result));
  return { mask: result.mask };
}

/** `mask: 600 pixels, widened to 12 tokens (768 pixels), rows 5 to 7, columns 5 to 8`. */
function snapLine({ mask, painted, covered, outside }: SnappedMask): string {
  const cells = [...mask.hidden.keys()].filter((cell) => mask.hidden[cell] === 1);
  const range = (places: number[]) => `${Math.min(...places) + 1} to ${Math.max(...places) + 1}`;
  const rows = range(cells.map((cell) => Math.floor(cell / mask.width)));
  const columns = range(cells.map((cell) => cell % mask.width));
  const cut = outside === 0 ? "" : `; ${count(outside, "pixel")} outside the centre square`;
  return (
    `mask: ${count(painted, "pixel")}, widened to ${count(cells.length, "token")} ` +
    `(${count(covered, "pixel")}), rows ${rows}, columns ${columns}${cut}`
  );
}

function parseRectangle(rect: string): Box {
  const numbers = rect
    .split(",")
    .map((one) => (/^\s*\d+\s*$/.test(one) ? Number(one) : Number.NaN));
  const [left = 0, top = 0, width = 0, height = 0] = numbers;
  if (numbers.length === 4 && !numbers.some(Number.isNaN)) return { left, top, width, height };
  throw new UsageError(`Expected \`x,y,width,height\` for \`--rect\` but received ${rect}`);
}

const SIDES = ["left", "right", "top", "bottom"] as const;

function parseMargins(margins: readonly string[]): Margins {
  const entries = margins.map((one) => {
    const [, side, tokens] = /^(\w+)=(\d+)$/.exec(one) ?? [];
    if (SIDES.some((name) => name === side)) return [side as string, Number(tokens)] as const;
    const what = "`left`, `right`, `top` or `bottom`, `=` and a number of tokens";
    throw new UsageError(`Expected ${what} for \`--margin\` but received ${one}`);
  });
  return Object.fromEntries(entries);
}

function shareOf({ left, top, width, height }: Box, side: number): Box {
  return { left: left / side, top: top / side, width: width / side, height: height / side };
}
