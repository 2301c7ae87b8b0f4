/** A cell of a grid that is `width` cells wide, row by row. */
interface Place {
  readonly row: number;
  readonly column: number;
}

export function placeOf(cell: number, width: number): Place {
  return { row: Math.floor(cell / width), column: cell % width };
}

/** The cells on the way from one to another, without the first: a quick stroke skips none. */
export function cellsBetween(from: number, to: number, width: number): number[] {
  const [a, b] = [placeOf(from, width), placeOf(to, width)];
  const steps = Math.max(Math.abs(b.row - a.row), Math.abs(b.column - a.column));
  return Array.from({ length: steps }, (_, i) => {
    const part = (i + 1) / steps;
    const row = Math.round(a.row + (b.row - a.row) * part);
    const column = Math.round(a.column + (b.column - a.column) * part);
    return row * width + column;
  });
}

/** Where the arrow keys, Home and End lead; null for other keys. */
export function cellAfterKey(
  key: string,
  cell: number,
  size: { width: number; height: number },
): number | null {
  const { width, height } = size;
  const { row, column } = placeOf(cell, width);
  const targets: Readonly<Record<string, number>> = {
    ArrowLeft: row * width + Math.max(column - 1, 0),
    ArrowRight: row * width + Math.min(column + 1, width - 1),
    ArrowUp: Math.max(row - 1, 0) * width + column,
    ArrowDown: Math.min(row + 1, height - 1) * width + column,
    Home: row * width,
    End: row * width + width - 1,
  };
  return targets[key] ?? null;
}
