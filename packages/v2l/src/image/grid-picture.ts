import { expected, V2LError } from "@v2l/nn";
import { FONTS } from "./fonts.js";
import type { Image } from "./image.js";
import { compose } from "./picture.js";
import { resize } from "./resize.js";
import { escapeXml, fitFont, shorten } from "./svg.js";

/** What the grid picture writes on and beside the image. */
export interface GridPictureContent {
  /** Rows and columns of the local tokens. */
  readonly grid: { readonly height: number; readonly width: number };
  /** The piece of every cell, row by row. */
  readonly pieces: readonly string[];
  /** The global words, best first. */
  readonly words: readonly { readonly word: string; readonly similarity: number }[];
}

/** Side of one cell, of the margin and of the column of words, in pixels. */
const CELL = 64;
const MARGIN = 24;
const WORDS_WIDTH = 360;
const LINE = 44;

/**
 * The image enlarged, with its grid of local pieces written in the cells and the global words and
 * their similarity beside it.
 * @param image the square the tokens were made of
 * @throws V2LError INVALID_ARGUMENT when the number of pieces does not fit the grid.
 */
export async function gridPicture(image: Image, content: GridPictureContent): Promise<Image> {
  const { grid, pieces, words } = content;
  if (pieces.length !== grid.height * grid.width) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(`${grid.height * grid.width} pieces`, "pieces", `${pieces.length} pieces`),
    );
  }
  const [width, height] = [grid.width * CELL, grid.height * CELL];
  const size = {
    width: width + WORDS_WIDTH + 3 * MARGIN,
    height: Math.max(height, (words.length + 2) * LINE) + 2 * MARGIN,
  };
  const layer = { image: resize(image, { width, height }, "bicubic"), left: MARGIN, top: MARGIN };
  const drawing = [gridLines(width, height), cells(grid.width, pieces), wordColumn(width, words)];
  const text = `font-family="${FONTS}"`;
  return compose(size, "#15181d", [layer], `<g ${text}>${drawing.join("")}</g>`);
}

function gridLines(width: number, height: number): string {
  let path = "";
  for (let x = 0; x <= width; x += CELL) path += `M${MARGIN + x} ${MARGIN}v${height}`;
  for (let y = 0; y <= height; y += CELL) path += `M${MARGIN} ${MARGIN + y}h${width}`;
  return `<path d="${path}" stroke="#000" stroke-opacity="0.35" stroke-width="1" fill="none"/>`;
}

/** Letters on one line of a cell, and in a cell. */
const LINE_LETTERS = 7;
const CELL_LETTERS = 14;

function cells(columns: number, pieces: readonly string[]): string {
  const texts = pieces.map((piece, i) => {
    const x = MARGIN + ((i % columns) + 0.5) * CELL;
    const middle = MARGIN + (Math.floor(i / columns) + 0.5) * CELL;
    const lines = breakLines(shorten(piece, CELL_LETTERS));
    const fontSize = Math.min(...lines.map((line) => fitFont(line, 19, CELL - 4)));
    return lines.map((line, n) => {
      const y = middle + fontSize * (0.36 + 1.15 * (n - (lines.length - 1) / 2));
      return `<text x="${x}" y="${y.toFixed(1)}" font-size="${fontSize}">${escapeXml(line)}</text>`;
    });
  });
  const outline =
    'fill="#fff" stroke="#000" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke"';
  return `<g text-anchor="middle" font-weight="bold" ${outline}>${texts.flat().join("")}</g>`;
}

/** One line, or two halves of a text too long for one. */
function breakLines(text: string): string[] {
  const letters = [...text];
  if (letters.length <= LINE_LETTERS) return [text];
  const half = Math.ceil(letters.length / 2);
  return [letters.slice(0, half).join(""), letters.slice(half).join("")];
}

function wordColumn(gridWidth: number, words: GridPictureContent["words"]): string {
  const left = MARGIN * 2 + gridWidth;
  const right = left + WORDS_WIDTH;
  const title = `<text x="${left}" y="${MARGIN + 28}" font-size="22" fill="#9aa4b2">global words</text>`;
  const lines = words.map(({ word, similarity }, i) => {
    const y = MARGIN + 28 + (i + 1) * LINE;
    const shown = shorten(word, 24);
    const fontSize = fitFont(shown, 26, WORDS_WIDTH - 70);
    return (
      `<text x="${left}" y="${y}" font-size="${fontSize}" fill="#fff">${escapeXml(shown)}</text>` +
      `<text x="${right}" y="${y}" font-size="18" fill="#9aa4b2" text-anchor="end">` +
      `${similarity.toFixed(3)}</text>`
    );
  });
  return title + lines.join("");
}
