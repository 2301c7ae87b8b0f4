import { crop, type Image } from "../image/image.js";
import type { GlobalToken } from "./tokens.js";

/** The parts of an image, row by row: squares of half its side that overlap by half. */
export const PLACES = [
  "in the top left corner",
  "at the top",
  "in the top right corner",
  "on the left",
  "in the middle",
  "on the right",
  "in the bottom left corner",
  "at the bottom",
  "in the bottom right corner",
] as const;
export type Place = (typeof PLACES)[number];

/** Parts in a row and in a column. */
const SIDE = 3;
/** Words of a part by which it is known that another part shows the same thing. */
const ALIKE = 5;

/** A global word of a part of an image. */
export interface PlacedWord {
  readonly token: GlobalToken;
  readonly place: Place;
}

/** The square in an image's middle, in nine parts in the order of {@link PLACES}. */
export function partsOf(image: Image): Image[] {
  const whole = Math.min(image.width, image.height);
  const side = Math.ceil(whole / 2);
  const [left, top] = [(image.width - whole) >> 1, (image.height - whole) >> 1];
  const start = (step: number) => Math.round((step * (whole - side)) / (SIDE - 1));
  return PLACES.map((_, i) => {
    const [x, y] = [start(i % SIDE), start(Math.floor(i / SIDE))];
    return crop(image, { left: left + x, top: top + y, width: side, height: side });
  });
}

/**
 * The words that are clearest in one part of an image. Parts that overlap show the same thing: the part whose
 * first word fits best speaks for its neighbours that have this word, or whose first word it has too.
 * @param parts words of each part, nearest first, in the order of {@link PLACES}
 * @param count at most this many, those that fit best
 */
export function placeWords(
  parts: readonly (readonly GlobalToken[])[],
  count: number,
): PlacedWord[] {
  const found: { readonly part: number; readonly tokens: readonly GlobalToken[] }[] = [];
  const ranked = parts
    .map((tokens, part) => ({ part, tokens: tokens.slice(0, ALIKE) }))
    .filter(({ tokens }) => tokens.length > 0)
    .sort((a, b) => distance(a.tokens) - distance(b.tokens));
  for (const one of ranked) {
    const said = found.some((other) => areNeighbours(one.part, other.part) && areAlike(one.tokens, other.tokens));
    if (!said) found.push(one);
  }
  return found.slice(0, count).map(({ part, tokens }) => {
    return { token: tokens[0] as GlobalToken, place: PLACES[part] as Place };
  });
}

/** As prompts show it: `dog in the top left corner`. */
export function placedText({ token, place }: PlacedWord): string {
  return `${token.word} ${place}`;
}

function distance([first]: readonly GlobalToken[]): number {
  return (first as GlobalToken).distance;
}

function areNeighbours(a: number, b: number): boolean {
  const apart = (x: number, y: number) => Math.abs(x - y) <= 1;
  return apart(a % SIDE, b % SIDE) && apart(Math.floor(a / SIDE), Math.floor(b / SIDE));
}

function areAlike(a: readonly GlobalToken[], b: readonly GlobalToken[]): boolean {
  const has = (tokens: readonly GlobalToken[], id: number) => tokens.some((one) => one.id === id);
  return has(b, (a[0] as GlobalToken).id) || has(a, (b[0] as GlobalToken).id);
}
