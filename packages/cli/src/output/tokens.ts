import type { GlobalToken, LocalTokens } from "v2l";

/** The `limit` nearest words as one line: `dog, puppy, pet`. */
export function wordLine(words: readonly GlobalToken[], limit: number): string {
  return words
    .slice(0, limit)
    .map(({ word }) => word.trim())
    .join(", ");
}

/**
 * The pieces of the grid in columns, one line for each row of cells.
 * @param size how many rows and columns from the upper left corner; all by default
 */
export function gridLines(tokens: LocalTokens, size = Number.POSITIVE_INFINITY): string[] {
  const rows = Math.min(size, tokens.height);
  const columns = Math.min(size, tokens.width);
  const cell = (row: number, column: number) =>
    printable(tokens.pieces[row * tokens.width + column] as string);
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...Array.from({ length: rows }, (_, row) => [...cell(row, column)].length)),
  );
  return Array.from({ length: rows }, (_, row) =>
    widths
      .map((width, column) => pad(cell(row, column), width))
      .join("  ")
      .trimEnd(),
  );
}

/** Control characters would break the lines. */
function printable(piece: string): string {
  return piece.replaceAll(/\p{C}/gu, "·");
}

function pad(text: string, width: number): string {
  return text + " ".repeat(width - [...text].length);
}
