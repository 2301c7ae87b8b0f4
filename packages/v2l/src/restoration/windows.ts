import type { GridSize } from "./task.js";

/** Cells that one prompt predicts, in the order in which the model writes them. */
export type Window = readonly number[];

/**
 * Cuts cells into windows of neighbours in a line: at most `step` cells, each one behind the cell
 * before it.
 * @param cells in the order of filling
 * @param stride how far apart the numbers of neighbours are: 1 in a row, `width` in a column, negative
 *   against the order of the grid
 */
export function windowsOf(
  cells: readonly number[],
  step: number,
  { width }: GridSize,
  stride = 1,
): Window[] {
  const windows: number[][] = [];
  for (const cell of cells) {
    const open = windows.at(-1);
    const last = open?.at(-1);
    const follows =
      last !== undefined &&
      cell === last + stride &&
      (Math.abs(stride) !== 1 || Math.floor(cell / width) === Math.floor(last / width));
    if (open && follows && open.length < step) open.push(cell);
    else windows.push([cell]);
  }
  return windows;
}
