import type { Random } from "@v2l/nn";
import { pick } from "../../run/random.js";
import {
  COLOR_NAMES,
  type ColorOf,
  groupsOf,
  NOUNS,
  type Noun,
  type SceneSpec,
  SPLITS,
  sceneSpec,
} from "../../world/index.js";
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
 * Words that somebody might note down about a scene, the most telling first, as a rule: nouns and
 * keywords of its objects, colours, and words that have nothing to do with it.
 */
export function sceneWords(
  { spec, colorOf }: Imagined,
  count: number,
  random: Random,
  lexicon: Lexicon,
): string[] {
  const objects = groupsOf(spec, colorOf).map(({ noun, objects, color }) => {
    const many = objects.length > 1 && random.uniform() < 0.7 ? [noun.plural] : [];
    const named = random.uniform() < 0.9 ? [nameOf(noun, random, lexicon)] : [];
    const shade = color && random.uniform() < 0.5 ? [color] : [];
    const keywords = random.shuffle([...noun.keywords]).slice(0, random.integer(count < 8 ? 3 : 6));
    return { first: [...many, ...named], rest: [...shade, ...keywords] };
  });
  const background = spec.background.colors.filter(() => random.uniform() < 0.6);
  const rest = random.shuffle([...objects.flatMap(({ rest }) => rest), ...background]);
  const own = [...random.shuffle(objects.flatMap(({ first }) => first)), ...rest];
  const kept = new Set(own.slice(0, Math.ceil(count * random.uniform(0.6, 1))));
  while (kept.size < count) kept.add(strangeWord(random, lexicon));
  const words = [...kept];
  return random.uniform() < 0.7 ? words : random.shuffle(words);
}

/** The noun, alone or in an entry of two words: `red dog`, `dog pet`. */
function nameOf({ name, keywords }: Noun, random: Random, lexicon: Lexicon): string {
  const kind = random.uniform();
  if (kind < 0.75) return name;
  if (kind < 0.83) return `${pick(random, COLOR_NAMES)} ${name}`;
  if (kind < 0.91 && keywords.length > 0) return `${name} ${pick(random, keywords)}`;
  return `${name} ${pick(random, lexicon.words)}`;
}

/** A word that has nothing to do with the scene; some are about other objects. */
function strangeWord(random: Random, lexicon: Lexicon): string {
  const kind = random.uniform();
  if (kind > 0.35) return pick(random, lexicon.words);
  const { name, keywords } = pick(random, NOUNS);
  return kind < 0.08 || keywords.length === 0 ? name : pick(random, keywords);
}
