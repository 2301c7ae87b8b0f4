import type { TokenGrid } from "../degradation/index.js";

/** Ways through a grid: line by line along rows, or along columns, forwards or backwards. */
export const DIRECTIONS = ["right", "down", "left", "up"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/**
 * One way through all cells of a grid: `right` is the order of reading, `left` its reverse, `down` goes
 * along columns, `up` is the reverse of that.
 */
export class Scan {
  /** All cells, in their order on the way. */
  readonly cells: readonly number[];
  /** From a cell to its neighbour ahead in its line. */
  readonly stride: number;
  /** Cells of a line. */
  readonly line: number;
  readonly #places: readonly number[];

  constructor(
    readonly size: TokenGrid,
    readonly direction: Direction,
  ) {
    const { height, width } = size;
    const columns = direction === "down" || direction === "up";
    const backwards = direction === "left" || direction === "up";
    this.line = columns ? height : width;
    this.stride = (columns ? width : 1) * (backwards ? -1 : 1);
    const cells = Array.from({ length: height * width }, (_, i) => {
      return columns ? (i % height) * width + Math.floor(i / height) : i;
    });
    this.cells = backwards ? cells.reverse() : cells;
    const places = new Array<number>(cells.length);
    this.cells.forEach((cell, place) => {
      places[cell] = place;
    });
    this.#places = places;
  }

  /** Where on the way a cell is. */
  place(cell: number): number {
    return this.#places[cell] as number;
  }

  /** The neighbour behind a cell in its line; null at the line's beginning. */
  behind(cell: number): number | null {
    return this.place(cell) % this.line === 0 ? null : cell - this.stride;
  }

  /** Up to `count` cells of a line, from `cell` on, as long as `fits` accepts them. */
  ahead(cell: number, count: number, fits: (cell: number) => boolean): number[] {
    const cells: number[] = [];
    const left = this.line - (this.place(cell) % this.line);
    for (let i = 0; i < Math.min(count, left); i++) {
      const next = cell + i * this.stride;
      if (!fits(next)) break;
      cells.push(next);
    }
    return cells;
  }

  /** The last cells before `cell` on the way, at most `count`, as far back as `known` accepts them all. */
  before(cell: number, count: number, known: (cell: number) => boolean): number[] {
    const end = this.place(cell);
    let start = end;
    while (start > 0 && end - start < count && known(this.cells[start - 1] as number)) start--;
    return this.cells.slice(start, end);
  }

  /**
   * How much each of the `count` cells before a cell tells of it: 1 divided by its distance in the grid,
   * in steps along rows and columns.
   */
  weights(count: number): number[] {
    return Array.from({ length: count }, (_, i) => {
      const steps = count - i;
      const along = steps % this.line;
      return 1 / (Math.floor(steps / this.line) + Math.min(along, this.line - along));
    });
  }
}
