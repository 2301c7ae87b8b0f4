import type { Info, RestoreRequest } from "@v2l/server";
import type { Source } from "../../pictures/source.js";

export type RestorationTask = Info["tasks"][number];

/** What is to be restored, and how. */
export interface Settings {
  readonly task: RestorationTask;
  /** Whether the picture is clean, and is to be damaged first. */
  readonly damage: boolean;
  /** Hidden cells. */
  readonly mask: ReadonlySet<number>;
  /** Cells at the sides, for outpainting. */
  readonly margins: Margins;
  /** Side of the blur, in pixels. */
  readonly kernel: number;
  readonly shift: { readonly right: number; readonly down: number };
  /** Whether the demo scenes are examples. */
  readonly learn: boolean;
  readonly pace: "steps" | "fast";
  readonly temperature: number;
  readonly seed: number;
}

export const SIDES = ["left", "right", "top", "bottom"] as const;
export type Margins = Readonly<Record<(typeof SIDES)[number], number>>;

interface Grid {
  readonly width: number;
  readonly height: number;
}

/** The middle of the grid, as in the paper. */
export function middle({ width, height }: Grid): ReadonlySet<number> {
  return cellsWhere({ width, height }, (row, column) => {
    const inside = (at: number, count: number) => at >= count / 4 && at < (3 * count) / 4;
    return inside(row, height) && inside(column, width);
  });
}

export function cellsWhere(
  { width, height }: Grid,
  is: (row: number, column: number) => boolean,
): ReadonlySet<number> {
  const cells = Array.from({ length: width * height }, (_, cell) => cell);
  return new Set(cells.filter((cell) => is(Math.floor(cell / width), cell % width)));
}

/** The cells at the sides. */
export function sideCells(margins: Margins, grid: Grid): ReadonlySet<number> {
  const { left, right, top, bottom } = margins;
  return cellsWhere(grid, (row, column) => {
    const across = column < left || column >= grid.width - right;
    return across || row < top || row >= grid.height - bottom;
  });
}

/** The cells that the model will write; null: all. */
export function hiddenCells(settings: Settings, grid: Grid): ReadonlySet<number> | null {
  if (settings.task === "inpainting") return settings.mask;
  if (settings.task === "outpainting") return sideCells(settings.margins, grid);
  return null;
}

/** Why a restoration cannot begin; null where it can. */
export function obstacle(settings: Settings, grid: Grid): string | null {
  const { size = 1 } = hiddenCells(settings, grid) ?? {};
  if (settings.task === "inpainting" && size === 0) return "Paint over the cells to restore.";
  if (settings.task === "outpainting" && size === 0) return "Add cells at a side.";
  if (size === grid.width * grid.height) return "Leave some of the picture to go by.";
  return null;
}

/** Prompts a step, where each step is to be seen: two tokens each. */
const SLOW = { hidden: 1, whole: 8 } as const;
const FAST = 32;

/** The request for what was set. @param scenes what may be learned from, the picture itself excepted */
export function requestOf(
  { input }: Source,
  settings: Settings,
  scenes: readonly Source[],
  grid: Grid,
): RestoreRequest {
  const { task, damage, margins, kernel, shift, learn, pace, temperature, seed } = settings;
  const hidden = hiddenCells(settings, grid);
  const slow = hidden === null ? SLOW.whole : SLOW.hidden;
  const extend = task === "outpainting" && !damage;
  const references = scenes.filter((scene) => scene.input !== input).map((scene) => scene.input);
  return {
    image: input,
    task,
    damage,
    ...(hidden !== null && !extend && { mask: [...hidden].sort((a, b) => a - b) }),
    ...(extend && { margins: { ...margins } }),
    kernel,
    shift: damage ? { right: shift.right, down: shift.right } : { ...shift },
    references: learn ? references : [],
    batchSize: pace === "fast" ? FAST : slow,
    temperature,
    seed,
  };
}
