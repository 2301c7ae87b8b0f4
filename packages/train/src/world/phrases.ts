import type { ColorName } from "./colors.js";
import { type Noun, noun } from "./nouns.js";
import type { ColorOf } from "./object-color.js";
import { type Background, SCENE_SIZE, type SceneObject, type SceneSpec } from "./scene-spec.js";

/** Number words from zero to three. */
export const NUMBER_WORDS = ["zero", "one", "two", "three"] as const;

/** `one thing`, `two things`. */
export function countOf(count: number): string {
  return `${NUMBER_WORDS[count]} thing${count === 1 ? "" : "s"}`;
}

/** The objects of a scene that share a noun. */
export interface Group {
  readonly noun: Noun;
  readonly objects: readonly SceneObject[];
  /** The colour word that all of them have, or null. */
  readonly color: ColorName | null;
}

/** The scene's objects by noun, in drawing order. */
export function groupsOf(spec: SceneSpec, colorOf: ColorOf): Group[] {
  const names = [...new Set(spec.objects.map((object) => object.noun))];
  return names.map((name) => {
    const objects = spec.objects.filter((object) => object.noun === name);
    const colors = new Set(objects.map(colorOf));
    const [color] = colors;
    return { noun: noun(name), objects, color: colors.size === 1 ? (color ?? null) : null };
  });
}

/** `a` or `an`, by the sound of the word that follows. */
export function article(next: string): "a" | "an" {
  return /^[aeiou]/.test(next) && !/^(uni|eu|one|use)/.test(next) ? "an" : "a";
}

/** `a red balloon`, `an ant`, `two dogs`, `some yellow grapes`. */
export function groupPhrase({ noun, objects, color }: Group, withColor = true): string {
  const adjective = withColor && color ? `${color} ` : "";
  if (noun.form !== "count") return `some ${adjective}${noun.name}`;
  if (objects.length > 1) return `${NUMBER_WORDS[objects.length]} ${adjective}${noun.plural}`;
  return `${article(adjective + noun.name)} ${adjective}${noun.name}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function joinPhrases(phrases: readonly string[]): string {
  if (phrases.length < 2) return phrases.join("");
  return `${phrases.slice(0, -1).join(", ")} and ${phrases.at(-1)}`;
}

export type Region =
  | `${"top " | "bottom "}${"left" | "right"}`
  | "top"
  | "bottom"
  | "left"
  | "right"
  | "middle";

/** Where an object's centre lies on the grid of nine regions. */
export function regionOf({ x, y }: SceneObject): Region {
  const third = (value: number, low: string, high: string) => {
    if (value < 0.4 * SCENE_SIZE) return low;
    return value > 0.6 * SCENE_SIZE ? high : "";
  };
  return (`${third(y, "top", "bottom")} ${third(x, "left", "right")}`.trim() || "middle") as Region;
}

/** `in the top left corner`, `on the left`, `at the top`, `in the middle`. */
export function regionPhrase(region: Region): string {
  if (region.includes(" ")) return `in the ${region} corner`;
  if (region === "middle") return "in the middle";
  return `${region === "top" || region === "bottom" ? "at" : "on"} the ${region}`;
}

/** How `a` lies to `b`, or null where neither direction is clear. */
export function relation(a: SceneObject, b: SceneObject): string | null {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  if (Math.abs(dx) > 24 && Math.abs(dx) > 1.5 * Math.abs(dy)) {
    return dx > 0 ? "to the left of" : "to the right of";
  }
  if (Math.abs(dy) > 24 && Math.abs(dy) > 1.5 * Math.abs(dx)) return dy > 0 ? "above" : "below";
  return null;
}

const PATTERN_WORDS = { stripes: "striped", checks: "checked", dots: "dotted", clouds: "mottled" };

/** `a blue background`, `a red and white background`, `an orange striped background`. */
export function backgroundPhrase(background: Background): string {
  const colors = background.colors.join(" and ");
  const pattern = background.kind === "texture" ? ` ${PATTERN_WORDS[background.pattern]}` : "";
  return `${article(colors)} ${colors}${pattern} background`;
}
