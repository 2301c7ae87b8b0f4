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
/** Of each part's nearest words so many may be said. */
const NEAREST = 2;
/** A word must be nearer to a part than to all parts on the average by this much (squared distance). */
const CLEARER = 0.1;
/** Words that fit worse than the best one by more than this are not said (squared distance). */
const WORSE = 0.2;
/** Words whose rows have a larger cosine mean the same thing. */
const ALIKE = 0.6;
/** What softmax weighs parts by: their distances to the word over this. */
const TEMPERATURE = 0.2;
/** By this a word is moved away from the middle: parts overlap, so that all of them draw it there. */
const OUTWARDS = 1.15;

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

/** The words of an image and of its parts: all of the vocabulary, nearest first. */
export interface DescribedParts {
  readonly whole: readonly GlobalToken[];
  /** In the order of {@link PLACES}. */
  readonly parts: readonly (readonly GlobalToken[])[];
  /** Cosine between the rows of two words. */
  readonly similarity: (a: number, b: number) => number;
}

/**
 * The words that are clear in one part of an image and fit the whole too, with their places; one for each thing.
 * What is everywhere, such as the background, is clear nowhere.
 * @param count at most this many, those that fit best
 */
export function placeWords(described: DescribedParts, count: number): PlacedWord[] {
  const { whole, parts, similarity } = described;
  const toWhole = new Map(whole.map(({ id, distance }) => [id, distance]));
  const toParts = distancesToParts(parts);
  const named = parts.flatMap((tokens) => tokens.slice(0, NEAREST));
  const rated = [...new Map(named.map((token) => [token.id, token])).values()]
    .map((token) => {
      const distances = toParts.get(token.id) as readonly number[];
      const least = Math.min(...distances);
      const mean = distances.reduce((sum, one) => sum + one, 0) / distances.length;
      const fit = ((toWhole.get(token.id) as number) + least) / 2;
      return { token: { ...token, distance: least }, distances, fit, clearer: mean - least };
    })
    .filter(({ clearer }) => clearer >= CLEARER)
    .sort((a, b) => a.fit - b.fit);
  const best = rated[0]?.fit ?? 0;
  const said: typeof rated = [];
  for (const one of rated.filter(({ fit }) => fit <= best + WORSE)) {
    if (!said.some(({ token }) => similarity(token.id, one.token.id) > ALIKE)) said.push(one);
  }
  return said.slice(0, count).map(({ token, distances }) => ({ token, place: placeOf(distances) }));
}

/** As prompts show it: `dog in the top left corner`. */
export function placedText({ token, place }: PlacedWord): string {
  return `${token.word} ${place}`;
}

/** Each word's distances to the parts, by its id. */
function distancesToParts(parts: DescribedParts["parts"]): Map<number, number[]> {
  const distances = new Map<number, number[]>();
  for (const tokens of parts) {
    for (const { id, distance } of tokens) {
      const known = distances.get(id);
      if (known) known.push(distance);
      else distances.set(id, [distance]);
    }
  }
  return distances;
}

/** Where the middle of the parts lies, weighed by how near they are to a word. */
function placeOf(distances: readonly number[]): Place {
  const least = Math.min(...distances);
  const weights = distances.map((distance) => Math.exp((least - distance) / TEMPERATURE));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const along = (of: (part: number) => number) => {
    const middle = weights.reduce((total, weight, part) => total + weight * of(part), 0) / sum;
    // Of parts 0, 1 and 2 the middles lie at a quarter, a half and three quarters of the side.
    const share = 0.5 + (OUTWARDS * (middle - 1)) / 4;
    return share < 0.4 ? 0 : share > 0.6 ? 2 : 1;
  };
  const [column, row] = [along((part) => part % SIDE), along((part) => Math.floor(part / SIDE))];
  return PLACES[row * SIDE + column] as Place;
}
