import type { Random } from "@v2l/nn";
import { pick } from "../../run/random.js";
import {
  type Background,
  COLOR_NAMES,
  type ColorName,
  type ColorOf,
  groupsOf,
  NO_COLORS,
  NOUNS,
  noun,
  regionOf,
  regionPhrase,
  SCENE_SIZE,
  type SceneObject,
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
    if (!color || random.uniform() < 0.7) return words;
    return [...words, random.uniform() < 0.5 ? color : `${color} ${noun.name}`];
  });
  const background = spec.background.colors
    .filter(() => random.uniform() < 0.3)
    .map((color) => (random.uniform() < 0.5 ? color : `${color} background`));
  const own = merged([...objects, random.shuffle(background)], random);
  const kept = new Set(own.slice(0, Math.ceil(count * random.uniform(0.6, 1))));
  while (kept.size < count) kept.add(strangeWord(random, lexicon));
  const words = [...kept];
  return random.uniform() < 0.8 ? words : random.shuffle(words);
}

/** Most words with places. */
const PLACED = 4;

/**
 * The scene as it looks at a glance, beside what a closer look at its parts finds: often one object is all that
 * is noticed, and now and then it is taken for any other.
 */
export function glanced(scene: Imagined, random: Random): Imagined {
  const { spec } = scene;
  const seen = random.uniform() < 0.5 ? [pick(random, spec.objects)] : [...spec.objects];
  if (random.uniform() < 0.15) {
    seen[0] = { ...(seen[0] as SceneObject), noun: pick(random, NOUNS).name };
  }
  return { spec: { ...spec, objects: seen }, colorOf: NO_COLORS };
}

/** What words with places are like. */
export interface PlacedShape {
  /** Words of one thing, at most. */
  readonly each: number;
  /** Whether they have colours, right ones as a rule, and the last ones tell that of the background. */
  readonly colored: boolean;
}

/**
 * Words with the places where somebody saw them, `dog animal in the top left corner`: some for most objects,
 * as a rule its name and its place; now and then something similar, a place beside it, or something that is
 * not there.
 */
export function placedWords(
  { spec, colorOf }: Imagined,
  random: Random,
  lexicon: Lexicon,
  { each, colored }: PlacedShape,
): string[] {
  const shaded = (word: string, color: ColorName | null) => {
    if (!colored || random.uniform() < 0.04) return word;
    return `${color && random.uniform() < 0.85 ? color : pick(random, COLOR_NAMES)} ${word}`;
  };
  const placed = spec.objects.flatMap((object) => {
    if (random.uniform() < 0.1) return [];
    const words = describingWords(described(noun(object.noun), random), each, random);
    if (random.uniform() < 0.15) words.reverse();
    const moved = random.uniform() < 0.25;
    const shifted = (value: number) => value + (moved ? random.uniform(-40, 40) : 0);
    const region = regionOf({ ...object, x: shifted(object.x), y: shifted(object.y) });
    return [`${shaded(words.join(" "), colorOf(object))} ${regionPhrase(region)}`];
  });
  if (random.uniform() < 0.3) {
    const [x, y] = [random.uniform(0, SCENE_SIZE), random.uniform(0, SCENE_SIZE)];
    const region = regionOf({ ...(spec.objects[0] as SceneObject), x, y });
    placed.push(`${shaded(strangeWord(random, lexicon), null)} ${regionPhrase(region)}`);
  }
  const words = random.shuffle(placed).slice(0, PLACED);
  return colored ? [...words, ...backgroundWords(spec.background, random)] : words;
}

/** `red and white background`; now and then with a colour too few or another one, or not at all. */
function backgroundWords({ colors }: Background, random: Random): string[] {
  const kept = colors.filter(() => random.uniform() < 0.95);
  const told = kept.map((color) => (random.uniform() < 0.95 ? color : pick(random, COLOR_NAMES)));
  return told.length === 0 ? [] : [`${random.shuffle(told).join(" and ")} background`];
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
