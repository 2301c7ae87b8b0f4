import { captionTokens } from "v2l";
import { NOUNS, type Noun, noun, type SceneSpec } from "../world/index.js";

/** How well words name what a scene shows. */
export interface Coverage {
  /** Some object is named among the first five words. */
  readonly anyBy5: boolean;
  /** Every object is named among the first 21 words. */
  readonly allBy21: boolean;
  /** Some object's own noun (not merely a keyword) is among the first five. */
  readonly nounBy5: boolean;
}

/**
 * An object is named by its noun or by one of its CLDR keywords, which may be part of an entry: `cactus
 * plant` names a cactus.
 */
export function coverage(scene: SceneSpec, words: readonly string[]): Coverage {
  const nouns = [...new Set(scene.objects.map((object) => object.noun))];
  const first5 = words.slice(0, 5);
  const first21 = words.slice(0, 21);
  return {
    anyBy5: nouns.some((name) => isNamed(name, first5)),
    allBy21: nouns.every((name) => isNamed(name, first21)),
    nounBy5: nouns.some((name) => first5.some((entry) => contains(entry, name))),
  };
}

/**
 * The probability of each measure of {@link coverage} for words drawn at random from the codebook,
 * without repeats. `allBy21` is exact for one object and takes objects as independent otherwise.
 */
export function chance(
  scene: SceneSpec,
  vocabulary: readonly string[],
): Record<keyof Coverage, number> {
  const nouns = [...new Set(scene.objects.map((object) => object.noun))];
  const entriesOf = nouns.map((name) => vocabulary.filter((entry) => isNamed(name, [entry])));
  const withNoun = vocabulary.filter((entry) => nouns.some((name) => contains(entry, name)));
  const drawsOne = (count: number, draws: number) => 1 - drawsNone(vocabulary.length, count, draws);
  return {
    anyBy5: drawsOne(new Set(entriesOf.flat()).size, 5),
    allBy21: entriesOf.reduce((product, entries) => product * drawsOne(entries.length, 21), 1),
    nounBy5: drawsOne(withNoun.length, 5),
  };
}

/** Whether an entry names one of the objects, see {@link coverage}. */
export function namesObject({ objects }: SceneSpec, entry: string): boolean {
  return objects.some((object) => isNamed(object.noun, [entry]));
}

function isNamed(name: string, entries: readonly string[]): boolean {
  return namesOf(name).some((each) => entries.some((entry) => contains(entry, each)));
}

/** Whether a name is a text or whole words of it. */
function contains(text: string, name: string): boolean {
  return text === name || ` ${text} `.includes(` ${name} `);
}

function namesOf(name: string): string[] {
  return [name, ...noun(name).keywords];
}

/** The probability that `draws` of `size` items, without repeats, avoid all `marked` ones. */
function drawsNone(size: number, marked: number, draws: number): number {
  let probability = 1;
  for (let i = 0; i < draws; i++) {
    probability *= Math.max(0, size - marked - i) / Math.max(1, size - i);
  }
  return probability;
}

/** What is told of a scene to judge captions by. */
export interface ShownObjects {
  readonly objects: readonly { readonly noun: string }[];
}

/** How well a caption names what a scene shows; objects that share a noun count once. */
export interface CaptionCoverage {
  readonly objects: number;
  /** Objects named by their noun, singular or plural. */
  readonly byNoun: number;
  /** Objects named by their noun or one of their CLDR keywords. */
  readonly byKeyword: number;
  /** Nouns of the demo world in the caption. */
  readonly mentioned: number;
  /** Those of them that the scene does not show. */
  readonly absent: number;
}

export function captionCoverage(scene: ShownObjects, caption: string): CaptionCoverage {
  const text = captionTokens(caption).join(" ");
  const says = (word: string) => contains(text, word);
  const saysNoun = ({ name, plural }: Noun) => says(name) || says(plural);
  const shown = [...new Set(scene.objects.map((object) => object.noun))].map(noun);
  const mentioned = NOUNS.filter(saysNoun);
  return {
    objects: shown.length,
    byNoun: shown.filter(saysNoun).length,
    byKeyword: shown.filter((one) => saysNoun(one) || one.keywords.some(says)).length,
    mentioned: mentioned.length,
    absent: mentioned.filter((one) => !shown.includes(one)).length,
  };
}
