import type { Random } from "@v2l/nn";
import { fillTemplates } from "v2l";
import { pick, pickWeighted } from "../run/random.js";
import {
  COLOR_NAMES,
  type ColorOf,
  countOf,
  groupsOf,
  NOUNS,
  type Noun,
  NUMBER_WORDS,
  objectList,
  sceneCaption,
} from "../world/index.js";
import type { Seen } from "./view.js";

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
  /** A colour of the background or of an object. Pictures whose colours were changed get others. */
  readonly color: number;
  /** How many objects there are. */
  readonly count: number;
}

/**
 * A text and what it claims: it is true of a picture where every claim holds, and a claim holds where
 * the picture shows at least one of its facts (a keyword such as `fruit` names several objects).
 */
export interface ClaimedText {
  readonly text: string;
  readonly claims: readonly (readonly string[])[];
  /** Whether it says something that the other forms do not teach: a colour or a number. */
  readonly isNew: boolean;
}

const NOUNS_OF_WORD = nounsOfWords();
/** Probability that a colour or number stands in a template. */
const FRAMED = 0.4;

/** A random text about what is seen; an empty one, true of nothing, where there is nothing to say. */
export function drawText(
  { scene, known }: Seen,
  mix: TextMix,
  random: Random,
  colorOf: ColorOf,
): ClaimedText {
  const nouns = groupsOf(scene, colorOf).map((group) => group.noun);
  const one = nouns.length === 0 ? null : pick(random, nouns);
  const form = pickForm(mix, random);
  const colors = form === "color" || one === null ? colorTexts(known) : [];
  if (colors.length > 0) return framed(pick(random, colors), random);
  const counts = form === "count" || one === null ? countTexts(known) : [];
  if (counts.length > 0) return framed(pick(random, counts), random);
  if (one === null) return strange("");
  switch (form) {
    case "keyword":
      return wordText(keywordOf(one, random));
    case "template": {
      const word = random.uniform() < 0.5 ? one.name : keywordOf(one, random);
      return { ...wordText(word), text: pick(random, fillTemplates(word)) };
    }
    case "caption":
      return told(sceneCaption(scene, random, colorOf), claimsOfAll(nouns));
    case "list":
      return told(objectList(scene), claimsOfAll(nouns));
    default:
      return wordText(one.name);
  }
}

/** Whether a text is true of what is seen; null where nobody would be sure. */
export function isTrue(
  { claims }: ClaimedText,
  { known, unsure }: Pick<Seen, "known" | "unsure">,
): boolean | null {
  const holds = (claim: readonly string[], facts: ReadonlySet<string>) =>
    claim.some((fact) => facts.has(fact));
  if (claims.every((claim) => holds(claim, known))) return true;
  const possible = claims.every((claim) => holds(claim, known) || holds(claim, unsure));
  return possible ? null : false;
}

/** A text that is true of no picture. */
export function strange(text: string): ClaimedText {
  return { text, claims: [[]], isNew: false };
}

function told(text: string, claims: ClaimedText["claims"]): ClaimedText {
  return { text, claims, isNew: false };
}

/** `red`, `red background`, `red dog`. */
function colorTexts(known: ReadonlySet<string>): ClaimedText[] {
  return [...known].flatMap((fact) => {
    const [first, second] = fact.split(" ") as [string, string?];
    const text = fact === `color ${second}` ? second : fact;
    if (first === "background") {
      return [{ text: `${second} background`, claims: [[fact]], isNew: true }];
    }
    const isColor = first === "color" || (COLOR_NAMES as readonly string[]).includes(first);
    return isColor && second ? [{ text: text as string, claims: [[fact]], isNew: true }] : [];
  });
}

/** `two`, `two things`; `background` where there is nothing else. */
function countTexts(known: ReadonlySet<string>): ClaimedText[] {
  const count = NUMBER_WORDS.findIndex((_, number) => known.has(`count ${number}`));
  if (count < 0) return [];
  const texts = count === 0 ? ["background", "nothing"] : [NUMBER_WORDS[count], countOf(count)];
  return texts.map((text) => ({ text: text as string, claims: [[`count ${count}`]], isNew: true }));
}

function framed(one: ClaimedText, random: Random): ClaimedText {
  if (random.uniform() >= FRAMED) return one;
  return { ...one, text: pick(random, fillTemplates(one.text)) };
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
  return told(word, [nounsOfWord(word)]);
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
