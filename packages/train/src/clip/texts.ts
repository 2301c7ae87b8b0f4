import type { Random } from "@v2l/nn";
import { fillTemplates } from "v2l";
import { pick, pickWeighted } from "../run/random.js";
import {
  type ColorOf,
  groupsOf,
  NOUNS,
  type Noun,
  objectList,
  type SceneSpec,
  sceneCaption,
} from "../world/index.js";

/** How often each form of text is drawn; the numbers are relative. */
export interface TextMix {
  /** The bare noun of one object. */
  readonly noun: number;
  /** One CLDR keyword of one object. */
  readonly keyword: number;
  /** A noun or keyword in one of the 80 templates that the codebooks use. */
  readonly template: number;
  /** A sentence about the whole scene. */
  readonly caption: number;
  /** All nouns, separated by commas. */
  readonly list: number;
}

/**
 * A text and what it claims: it is true of a picture where every claim holds, and a claim holds where
 * the picture shows at least one of its nouns (a keyword such as `fruit` names several).
 */
export interface ClaimedText {
  readonly text: string;
  readonly claims: readonly (readonly string[])[];
}

const NOUNS_OF_WORD = nounsOfWords();

/** A random text about a scene. */
export function drawText(
  scene: SceneSpec,
  mix: TextMix,
  random: Random,
  colorOf: ColorOf,
): ClaimedText {
  const nouns = groupsOf(scene, colorOf).map((group) => group.noun);
  const one = pick(random, nouns);
  switch (pickForm(mix, random)) {
    case "noun":
      return wordText(one.name);
    case "keyword":
      return wordText(keywordOf(one, random));
    case "template": {
      const word = random.uniform() < 0.5 ? one.name : keywordOf(one, random);
      return { ...wordText(word), text: pick(random, fillTemplates(word)) };
    }
    case "caption":
      return { text: sceneCaption(scene, random, colorOf), claims: claimsOfAll(nouns) };
    case "list":
      return { text: objectList(scene), claims: claimsOfAll(nouns) };
  }
}

/** Whether a text is true of a picture with these nouns. */
export function isTrue(text: ClaimedText, nouns: ReadonlySet<string>): boolean {
  return text.claims.every((claim) => claim.some((noun) => nouns.has(noun)));
}

/** The nouns that a word stands for: itself, or every object with this keyword. */
export function nounsOfWord(word: string): readonly string[] {
  return NOUNS_OF_WORD.get(word) ?? [];
}

function pickForm(mix: TextMix, random: Random): keyof TextMix {
  const forms = Object.keys(mix) as (keyof TextMix)[];
  return forms[pickWeighted(random, Object.values(mix))] as keyof TextMix;
}

function wordText(word: string): ClaimedText {
  return { text: word, claims: [nounsOfWord(word)] };
}

function keywordOf(noun: Noun, random: Random): string {
  return noun.keywords.length === 0 ? noun.name : pick(random, noun.keywords);
}

function claimsOfAll(nouns: readonly Noun[]): string[][] {
  return nouns.map((noun) => [noun.name]);
}

function nounsOfWords(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, plural, keywords } of NOUNS) {
    for (const word of new Set([name, plural, ...keywords])) {
      found.set(word, [...(found.get(word) ?? []), name]);
    }
  }
  return found;
}
