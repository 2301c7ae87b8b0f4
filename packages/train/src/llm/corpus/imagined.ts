import type { Random } from "@v2l/nn";
import { pick } from "../../run/random.js";
import {
  COLOR_NAMES,
  type ColorOf,
  groupsOf,
  NOUNS,
  type SceneSpec,
  SPLITS,
  sceneSpec,
} from "../../world/index.js";
import { described, describingWords } from "./described.js";
import type { Part } from "./document.js";
import type { Lexicon } from "./lexicon.js";

/** A scene that nobody draws, with the colours its objects would have. */
export interface Imagined {
  readonly spec: SceneSpec;
  readonly colorOf: ColorOf;
}

/** A scene of any objects, novel ones among them. */
export function imagine(random: Random, part: Part): Imagined {
  const drawn = sceneSpec(random.integer(SPLITS[part].count), { split: part });
  const names = new Map<string, string>();
  const replace = (name: string) => {
    if (!names.has(name)) names.set(name, pick(random, NOUNS).name);
    return names.get(name) as string;
  };
  const objects = drawn.objects.map((each) => ({ ...each, noun: replace(each.noun) }));
  const spec = { ...drawn, objects };
  const shades = objects.map(() => (random.uniform() < 0.5 ? pick(random, COLOR_NAMES) : null));
  return { spec, colorOf: (object) => shades[spec.objects.indexOf(object)] ?? null };
}

/**
 * Words that somebody might note down about a scene, the most telling first, as a rule: names and
 * keywords of its objects and of similar ones, colours, and words that have nothing to do with it.
 */
export function sceneWords(
  { spec, colorOf }: Imagined,
  count: number,
  random: Random,
  lexicon: Lexicon,
): string[] {
  const objects = groupsOf(spec, colorOf).map(({ noun, color }) => {
    const words = describingWords(described(noun, random), Math.ceil(count / 2) + 1, random);
    return [...words, ...(color && random.uniform() < 0.4 ? [color] : [])];
  });
  const background = spec.background.colors.filter(() => random.uniform() < 0.6);
  const own = merged([...objects, random.shuffle(background)], random);
  const kept = new Set(own.slice(0, Math.ceil(count * random.uniform(0.6, 1))));
  while (kept.size < count) kept.add(strangeWord(random, lexicon));
  const words = [...kept];
  return random.uniform() < 0.8 ? words : random.shuffle(words);
}

/** Several lists as one; what comes before another word of its list still does. */
function merged(lists: readonly (readonly string[])[], random: Random): string[] {
  const rests = lists.map((list) => [...list]);
  const words: string[] = [];
  for (;;) {
    const open = rests.filter((rest) => rest.length > 0);
    if (open.length === 0) return words;
    words.push(pick(random, open).shift() as string);
  }
}

/** A word that has nothing to do with the scene; some are about other objects. */
function strangeWord(random: Random, lexicon: Lexicon): string {
  const kind = random.uniform();
  if (kind > 0.35) return pick(random, lexicon.words);
  const { name, keywords } = pick(random, NOUNS);
  return kind < 0.08 || keywords.length === 0 ? name : pick(random, keywords);
}
