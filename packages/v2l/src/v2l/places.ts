import { crop, type Image } from "../image/image.js";
import { dot, norm } from "./lexicon.js";
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

/** What is seen in one part of an image. */
export interface PlacedThing {
  /** Global words that mean it, the one that fits best first; at most three. */
  readonly tokens: readonly GlobalToken[];
  readonly place: Place;
  /** What is said of it, such as its colour; null without attributes to choose from. */
  readonly attribute: string | null;
}

/** What can be said of an image part by part. */
export interface LocatedWords {
  /** Those that fit best first. */
  readonly things: readonly PlacedThing[];
  /** The attributes of what is behind them, that of most parts first. */
  readonly background: readonly string[];
}

/** Parts in a row and in a column. */
const SIDE = 3;
/** A word must be nearer to a part than to all parts on the average by this much (squared distance). */
const CLEARER = 0.05;
/** Words that fit worse than the best one by more than this are not said (squared distance). */
const WORSE = 0.2;
/** Share of a word's distance to the whole in how well it fits; the rest is that to the part it is nearest to. */
const WHOLE = 0.3;
/** Words whose rows have a larger cosine are said of one thing. */
const ALIKE = 0.6;
/**
 * Words mean the same thing whose rows have a larger cosine than the first, less the second times the cosine of
 * where they are near: two that are near to the same parts need be less alike.
 */
const [SAME, SAME_PLACE] = [0.65, 0.2];
/** So many words are said of one thing. */
const EACH = 3;
/** What softmax weighs parts by: their distances to the word over this. */
const TEMPERATURE = 0.2;
/** The background has the attributes of so many parts. */
const VOTES = 2;
/** How much of a part's likeness to an attribute is put down to the background's having it. */
const BEHIND = 0.8;

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
  readonly attributes: readonly DescribedAttribute[];
}

/** How near an attribute is to each part (cosine), in the order of {@link PLACES}. */
export interface DescribedAttribute {
  readonly name: string;
  /** As it stands, `red`. */
  readonly alone: readonly number[];
  /** Of the background, `red background`. */
  readonly behind: readonly number[];
}

/** The text that means that the background has an attribute. */
export function backgroundText(attributes: readonly string[]): string {
  return `${attributes.join(" and ")} background`;
}

/** A word with all that is known of where it fits. */
interface Candidate {
  /** With its distance to the part that it is nearest to. */
  readonly token: GlobalToken;
  /** To the parts. */
  readonly distances: readonly number[];
  /** Of its distances to the parts. */
  readonly mean: number;
  /** Weighed mean of its distances to the whole and to the part that it is nearest to. */
  readonly fit: number;
}

/**
 * The words that are clear in one part of an image and fit the whole too, with their places; several for each
 * thing. What is everywhere, such as the background, is clear nowhere.
 * @param count at most this many things
 */
export function placeWords(described: DescribedParts, count: number): LocatedWords {
  const { parts, similarity, attributes } = described;
  const candidates = candidatesOf(described);
  const clear = candidates.filter(({ mean, token }) => mean - token.distance >= CLEARER);
  const near = nearestToParts(clear, parts.length);
  const best = near[0]?.fit ?? 0;
  const alike = (one: Candidate, other: Candidate) =>
    similarity(one.token.id, other.token.id) > ALIKE;
  const same = (one: Candidate, other: Candidate) =>
    similarity(one.token.id, other.token.id) > SAME - SAME_PLACE * placedAlike(one, other);
  const heads: Candidate[] = [];
  for (const one of near.filter(({ fit }) => fit <= best + WORSE)) {
    if (!heads.some((other) => same(one, other))) heads.push(one);
  }
  const named = heads.slice(0, count);
  const said = new Set(named);
  const things = named.map((one): PlacedThing => {
    const others = candidates.filter((other) => !said.has(other) && alike(one, other));
    const words = [one, ...others.slice(0, EACH - 1)];
    for (const word of words) said.add(word);
    return {
      tokens: words.map(({ token }) => token),
      place: placeOf(one.distances),
      attribute: attributeOf(one.distances, attributes),
    };
  });
  return { things, background: backgroundOf(attributes, parts.length) };
}

/** As prompts show it: `red dog animal pet in the top left corner`, in the end `blue and white background`. */
export function placedTexts({ things, background }: LocatedWords): string[] {
  const texts = things.map(({ tokens, place, attribute }) => {
    const words = tokens.map(({ word }) => word);
    return [...(attribute === null ? [] : [attribute]), ...words, place].join(" ");
  });
  return background.length === 0 ? texts : [...texts, backgroundText(background)];
}

/** All words of the vocabulary, those that fit best first. */
function candidatesOf({ whole, parts }: DescribedParts): Candidate[] {
  const toParts = distancesToParts(parts);
  return whole
    .map((token) => {
      const distances = toParts.get(token.id) as readonly number[];
      const least = Math.min(...distances);
      return {
        token: { ...token, distance: least },
        distances,
        mean: distances.reduce((sum, one) => sum + one, 0) / distances.length,
        fit: WHOLE * token.distance + (1 - WHOLE) * least,
      };
    })
    .sort((a, b) => a.fit - b.fit);
}

/** Cosine of where two clear words are: of how much nearer each is to each part than to all on the average. */
function placedAlike(one: Candidate, other: Candidate): number {
  const [a, b] = [one, other].map(({ distances, mean }) => distances.map((to) => mean - to)) as [
    number[],
    number[],
  ];
  return dot(a, b) / (norm(a) * norm(b));
}

/** The words that some part is nearest to, in the order given. */
function nearestToParts(words: readonly Candidate[], parts: number): Candidate[] {
  const nearest = Array.from({ length: parts }, (_, part) => {
    return words.reduce<Candidate | null>((best, one) => {
      const to = (candidate: Candidate) => candidate.distances[part] as number;
      return best === null || to(one) < to(best) ? one : best;
    }, null);
  });
  return words.filter((word) => nearest.includes(word));
}

/** The attribute that the part nearest to a word has beyond what the background explains. */
function attributeOf(
  distances: readonly number[],
  attributes: readonly DescribedAttribute[],
): string | null {
  const part = distances.indexOf(Math.min(...distances));
  const rated = attributes.map(({ name, alone, behind }) => {
    return { name, excess: (alone[part] as number) - BEHIND * (behind[part] as number) };
  });
  return rated.sort((a, b) => b.excess - a.excess)[0]?.name ?? null;
}

/** Each part votes for the attribute that its background has above all. */
function backgroundOf(attributes: readonly DescribedAttribute[], parts: number): string[] {
  if (attributes.length === 0) return [];
  const nearest = Array.from({ length: parts }, (_, part) => {
    const toPart = attributes.map(({ behind }) => behind[part] as number);
    return toPart.indexOf(Math.max(...toPart));
  });
  return attributes
    .map(({ name }, i) => ({ name, votes: nearest.filter((one) => one === i).length }))
    .filter(({ votes }) => votes >= VOTES)
    .sort((a, b) => b.votes - a.votes)
    .map(({ name }) => name);
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
    const share = (middle + 1) / 4;
    return share < 0.4 ? 0 : share > 0.6 ? 2 : 1;
  };
  const [column, row] = [along((part) => part % SIDE), along((part) => Math.floor(part / SIDE))];
  return PLACES[row * SIDE + column] as Place;
}
