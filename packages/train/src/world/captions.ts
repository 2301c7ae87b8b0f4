import type { Random } from "@v2l/nn";
import type { ColorOf } from "./object-color.js";
import {
  backgroundPhrase,
  countOf,
  type Group,
  groupPhrase,
  groupsOf,
  joinPhrases,
  regionOf,
  regionPhrase,
  relation,
} from "./phrases.js";
import type { SceneSpec } from "./scene-spec.js";

export const CAPTION_KINDS = [
  "plain",
  "background",
  "position",
  "relation",
  "count",
  "list",
  "word",
  "keywords",
] as const;
export type CaptionKind = (typeof CAPTION_KINDS)[number];

/** How a caption may begin; the objects follow. */
const OPENINGS = [
  "",
  "",
  "a picture of ",
  "a photo of ",
  "an image of ",
  "a drawing of ",
  "a scene with ",
  "this is ",
  "I see ",
];

/**
 * A true sentence about a scene, in lower case.
 * @param kind the grammar; drawn at random by default. `relation` needs two different objects in a
 * clear direction and `position` a single object of its noun: `plain` stands in for them otherwise.
 */
export function sceneCaption(
  spec: SceneSpec,
  random: Random,
  colorOf: ColorOf,
  kind: CaptionKind = pick(random, CAPTION_KINDS),
): string {
  const groups = random.shuffle(groupsOf(spec, colorOf));
  const phrases = groups.map((group) => groupPhrase(group, random.integer(2) === 1));
  const objects = joinPhrases(phrases);
  switch (kind) {
    case "plain":
      return pick(random, OPENINGS) + objects;
    case "background":
      return withBackground(objects, backgroundPhrase(spec.background), random);
    case "position":
      return positions(groups, phrases) ?? pick(random, OPENINGS) + objects;
    case "relation":
      return relations(groups, phrases) ?? pick(random, OPENINGS) + objects;
    case "count":
      return `${countOf(spec.objects.length)}: ${objects}`;
    case "list":
      return objectList(spec);
    case "word":
      return pick(random, groups).noun.name;
    case "keywords":
      return keywordCaption(pick(random, groups), random);
  }
}

/** The nouns of a scene in drawing order, repeats included: `dog, cat, dog`. */
export function objectList(spec: SceneSpec): string {
  return spec.objects.map((object) => object.noun).join(", ");
}

function withBackground(objects: string, background: string, random: Random): string {
  switch (random.integer(3)) {
    case 0:
      return `${objects} on ${background}`;
    case 1:
      return `${objects} in front of ${background}`;
    default:
      return `${background} with ${objects}`;
  }
}

function positions(groups: readonly Group[], phrases: readonly string[]): string | null {
  if (groups.some(({ objects }) => objects.length > 1)) return null;
  const placed = groups.map(
    ({ objects }, i) => `${phrases[i]} ${objects.map(regionOf).map(regionPhrase).join("")}`,
  );
  return joinPhrases(placed);
}

function relations(groups: readonly Group[], phrases: readonly string[]): string | null {
  const [a, b] = groups;
  if (!a || !b || a.objects.length > 1 || b.objects.length > 1) return null;
  const [first] = a.objects;
  const [second] = b.objects;
  const how = first && second && relation(first, second);
  return how ? `${phrases[0]} ${how} ${phrases[1]}` : null;
}

/** One to three words for one object: its noun or not, then CLDR keywords. */
function keywordCaption({ noun }: Group, random: Random): string {
  const keywords = random.shuffle([...noun.keywords]).slice(0, 1 + random.integer(2));
  const words = keywords.length === 0 || random.integer(2) === 1 ? [noun.name] : [];
  return [...words, ...keywords].join(", ");
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)] as T;
}
