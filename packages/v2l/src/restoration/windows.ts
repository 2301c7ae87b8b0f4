import type { TokenGrid } from "../degradation/index.js";

/** Cells that one prompt predicts. */
export interface Window {
  /** In the order in which the model writes them. */
  readonly cells: readonly number[];
}

/**
 * Cuts cells into windows of neighbours in a row.
 * @param cells ascending
 * @param step most cells of a window
 */
export function windowsOf(cells: readonly number[], step: number, { width }: TokenGrid): Window[] {
  const windows: number[][] = [];
  for (const cell of cells) {
    const open = windows.at(-1);
    const follows = open?.at(-1) === cell - 1 && cell % width !== 0;
    if (open && follows && open.length < step) open.push(cell);
    else windows.push([cell]);
  }
  return windows.map((one) => ({ cells: one }));
}
