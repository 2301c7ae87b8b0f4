import type { TokenGrid, TokenMask } from "../degradation/index.js";
import { DIRECTIONS, type Direction, Scan } from "./scan.js";
import type { Window } from "./windows.js";

/** A window and the cells that its prompt reads. */
export interface OrderedWindow extends Window {
  readonly direction: Direction;
  /** Known when the window's turn comes, in the order in which they are read; the nearest last. */
  readonly reads: readonly number[];
}

export interface OrderOptions {
  /** Most cells that a prompt reads. */
  readonly context: number;
  /** Most cells that a prompt predicts. */
  readonly step: number;
}

/** The four ways through a grid. */
export function scansOf(size: TokenGrid): Readonly<Record<Direction, Scan>> {
  const scans = DIRECTIONS.map((direction) => [direction, new Scan(size, direction)] as const);
  return Object.fromEntries(scans) as Record<Direction, Scan>;
}

/** Fills the hidden cells in the order in which a scan meets them, one window after the other. */
export function scanOrder(
  scan: Scan,
  { hidden }: TokenMask,
  { context, step }: OrderOptions,
): OrderedWindow[][] {
  const unknown = Array.from(hidden, (one) => one === 1);
  const waves: OrderedWindow[][] = [];
  for (const cell of scan.cells) {
    if (!unknown[cell]) continue;
    const cells = scan.ahead(cell, step, (one) => unknown[one] as boolean);
    const reads = scan.before(cell, context, (one) => !unknown[one]);
    waves.push([{ direction: scan.direction, cells, reads }]);
    for (const one of cells) unknown[one] = false;
  }
  return waves;
}

/**
 * Fills the hidden cells from their border inwards. Each wave takes all cells beside known ones, and
 * looks at each from the side from which most is known in a row.
 */
export function borderOrder(mask: TokenMask, { context, step }: OrderOptions): OrderedWindow[][] {
  const scans = Object.values(scansOf(mask));
  const unknown = Array.from(mask.hidden, (one) => one === 1);
  const waves: OrderedWindow[][] = [];
  for (;;) {
    const wave: OrderedWindow[] = [];
    const taken = new Set<number>();
    const free = (cell: number) => (unknown[cell] as boolean) && !taken.has(cell);
    for (const cell of unknown.keys()) {
      if (!free(cell)) continue;
      const views = scans.flatMap((scan) => {
        const behind = scan.behind(cell);
        if (behind === null || unknown[behind]) return [];
        return [{ scan, reads: scan.before(cell, context, (one) => !unknown[one]) }];
      });
      const [best] = views.sort((a, b) => b.reads.length - a.reads.length);
      if (best === undefined) continue;
      const cells = best.scan.ahead(cell, step, free);
      wave.push({ direction: best.scan.direction, cells, reads: best.reads });
      for (const one of cells) taken.add(one);
    }
    if (wave.length === 0) return waves;
    for (const cell of taken) unknown[cell] = false;
    waves.push(wave);
  }
}
