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

/** A global word of a part of an image. */
export interface PlacedWord {
  readonly token: GlobalToken;
  readonly place: Place;
}

/** Parts in a row and in a column. */
const SIDE = 3;
/** Of a part's nearest words so many may speak for it. */
const NEAREST = 3;
/** By so much a word must be nearer to its part than to the parts on the average (squared distance). */
const CLEARER = 0.1;

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

/** A part, the word that speaks for it, and how much clearer this is than elsewhere. */
interface Spoken {
  readonly part: number;
  readonly token: GlobalToken;
  readonly nearest: readonly GlobalToken[];
  readonly clearer: number;
}

/**
 * The words that are clearest in one part of an image: of the words near to a part, the one that is nearer to it
 * than to other parts, so that what is everywhere, such as the background, comes last. Parts that overlap show
 * the same thing: the clearest speaks for its neighbours that have its word, or whose word it has too.
 * @param parts all global words with their distances to each part, nearest first, in the order of {@link PLACES}
 * @param count at most this many, the clearest first
 */
export function placeWords(
  parts: readonly (readonly GlobalToken[])[],
  count: number,
): PlacedWord[] {
  const means = meanDistances(parts);
  const clearer = (token: GlobalToken) => (means.get(token.id) as number) - token.distance;
  const spoken = parts.flatMap((tokens, part): Spoken[] => {
    const nearest = tokens.slice(0, NEAREST);
    const [token] = [...nearest].sort((a, b) => clearer(b) - clearer(a));
    return token ? [{ part, token, nearest, clearer: clearer(token) }] : [];
  });
  const found: Spoken[] = [];
  for (const one of spoken.sort((a, b) => b.clearer - a.clearer)) {
    const isNew = !found.some((other) => overlap(one, other) && areAlike(one, other));
    if (isNew && one.clearer >= CLEARER) found.push(one);
  }
  return found.slice(0, count).map(({ part, token }) => ({ token, place: PLACES[part] as Place }));
}

/** As prompts show it: `dog in the top left corner`. */
export function placedText({ token, place }: PlacedWord): string {
  return `${token.word} ${place}`;
}

/** Mean over the parts of each word's distance, by its id. */
function meanDistances(parts: readonly (readonly GlobalToken[])[]): Map<number, number> {
  const means = new Map<number, number>();
  for (const tokens of parts) {
    for (const { id, distance } of tokens) {
      means.set(id, (means.get(id) ?? 0) + distance / parts.length);
    }
  }
  return means;
}

function overlap({ part: a }: Spoken, { part: b }: Spoken): boolean {
  const near = (x: number, y: number) => Math.abs(x - y) <= 1;
  return near(a % SIDE, b % SIDE) && near(Math.floor(a / SIDE), Math.floor(b / SIDE));
}

function areAlike(a: Spoken, b: Spoken): boolean {
  const has = ({ nearest }: Spoken, { token }: Spoken) => nearest.some(({ id }) => id === token.id);
  return has(a, b) || has(b, a);
}
