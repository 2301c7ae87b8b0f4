import { expected, Random, V2LError } from "@v2l/nn";
import { BACKGROUND_RGB, COLOR_NAMES, type ColorName, type Rgb } from "./colors.js";
import { LINE_ART, STYLES, type Style, TRAIN_STYLES } from "./icons.js";
import { NOUNS, NOVEL_NOUNS, type Noun, TRAINED_NOUNS } from "./nouns.js";

/** Width and height of a scene, pixels. */
export const SCENE_SIZE = 128;

/**
 * The seeds of each split: `count` scenes from `first` on. They do not overlap, and a scene's seed
 * determines it (with the options), so no scene is in two splits.
 */
export const SPLITS = {
  train: { first: 0, count: 2 ** 30 },
  validation: { first: 2 ** 30, count: 2 ** 20 },
  test: { first: 2 ** 30 + 2 ** 20, count: 2 ** 20 },
} as const;
export type Split = keyof typeof SPLITS;

export type Background =
  | { readonly kind: "plain"; readonly colors: readonly [ColorName]; readonly rgb: readonly [Rgb] }
  | {
      readonly kind: "gradient";
      readonly colors: readonly [ColorName, ColorName];
      readonly rgb: readonly [Rgb, Rgb];
      /** Direction from the first colour to the second, degrees, 0 to the right, 90 down. */
      readonly angle: number;
    }
  | {
      readonly kind: "texture";
      readonly pattern: Pattern;
      readonly colors: readonly [ColorName];
      /** Two tones of the colour. */
      readonly rgb: readonly [Rgb, Rgb];
      readonly angle: number;
      /** Pixels from one stripe, square, dot or cloud to the next. */
      readonly period: number;
      readonly seed: number;
    };

export const PATTERNS = ["stripes", "checks", "dots", "clouds"] as const;
export type Pattern = (typeof PATTERNS)[number];

/** One drawn object. */
export interface SceneObject {
  readonly noun: string;
  readonly style: Style;
  /** Centre, pixels from the left and from the top. */
  readonly x: number;
  readonly y: number;
  /** The longer side, pixels. */
  readonly size: number;
  /** Clockwise, degrees. */
  readonly rotation: number;
  readonly mirrored: boolean;
  /** Hue rotation, degrees. */
  readonly hue: number;
  /** Factor on the colours. */
  readonly brightness: number;
}

/** All there is to know about a scene; plain JSON. Objects are drawn in order. */
export interface SceneSpec {
  readonly split: Split;
  readonly index: number;
  readonly background: Background;
  readonly objects: readonly SceneObject[];
}

export interface SceneOptions {
  readonly split: Split;
  /** Styles to draw from; the three training styles by default. */
  readonly styles?: readonly Style[];
  /** Least and most objects, 1 to 3; [1, 3] by default. */
  readonly objects?: readonly [number, number];
  /** Which objects; `trained` by default. */
  readonly nouns?: "trained" | "novel" | "all";
  /** Probability that a second or third object repeats the first one's noun; 0.15 by default. */
  readonly repeats?: number;
}

/**
 * The scene number `index` of a split: the same index and options always give the same scene, and
 * scenes that differ in `styles` only share their layout (and, but for line art, their background).
 * @throws V2LError INVALID_ARGUMENT for an index outside the split, a held-out style or novel
 * objects in the train split, or options out of range.
 */
export function sceneSpec(index: number, options: SceneOptions): SceneSpec {
  const { split, styles = TRAIN_STYLES, objects = [1, 3], nouns = "trained" } = options;
  checkOptions(index, { ...options, styles, objects, nouns });
  const random = new Random(SPLITS[split].first + index);
  const count = objects[0] + random.integer(objects[1] - objects[0] + 1);
  const places = layout(random, count);
  const names = drawNouns(random, poolOf(nouns), count, options.repeats ?? 0.15);
  const drawn = places.map((place, i) => ({
    noun: (names[i] as Noun).name,
    style: styles[random.integer(styles.length)] as Style,
    ...place,
    rotation: round(random.uniform(-25, 25)),
    mirrored: random.integer(2) === 1,
    hue: round(random.uniform(-16, 16)),
    brightness: round(random.uniform(0.88, 1.12)),
  }));
  const light = drawn.some(({ style }) => style === LINE_ART);
  return { split, index, background: drawBackground(random, light), objects: drawn };
}

function checkOptions(index: number, options: Required<Omit<SceneOptions, "repeats">>): void {
  const { split, styles, objects, nouns } = options;
  const { count } = SPLITS[split];
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw invalid(`an integer from 0 to ${count - 1}`, "index", index);
  }
  const [least, most] = objects;
  if (!(least >= 1 && most <= 3 && least <= most && Number.isInteger(least + most))) {
    throw invalid("two rising integers from 1 to 3", "objects", objects);
  }
  const unknown = styles.find((style) => !STYLES.includes(style));
  if (styles.length === 0 || unknown) throw invalid(STYLES.join(", "), "styles", unknown ?? "none");
  if (split !== "train") return;
  const heldOut = styles.find((style) => !(TRAIN_STYLES as readonly string[]).includes(style));
  if (heldOut) throw invalid("a training style in the train split", "styles", heldOut);
  if (nouns !== "trained") throw invalid("trained objects in the train split", "nouns", nouns);
}

function invalid(what: string, name: string, received: unknown): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected(what, name, received));
}

function poolOf(nouns: "trained" | "novel" | "all"): readonly Noun[] {
  if (nouns === "all") return NOUNS;
  return nouns === "novel" ? NOVEL_NOUNS : TRAINED_NOUNS;
}

function drawNouns(random: Random, pool: readonly Noun[], count: number, repeats: number): Noun[] {
  const names: Noun[] = [];
  while (names.length < count) {
    const again = random.uniform() < repeats && names[0]?.form === "count";
    const next = again ? names[0] : pool[random.integer(pool.length)];
    if (next && (again || !names.includes(next))) names.push(next);
  }
  return names;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Sizes and centres: everything inside the picture, hardly any overlap. */
function layout(random: Random, count: number): Place[] {
  const [small, large] = count === 1 ? [36, 90] : [30, 60];
  for (;;) {
    const places: Place[] = [];
    for (let tries = 0; tries < 60 && places.length < count; tries++) {
      const size = round(random.uniform(small, large));
      const reach = size / 2 + 2;
      const x = round(random.uniform(reach, SCENE_SIZE - reach));
      const y = round(random.uniform(reach, SCENE_SIZE - reach));
      const place = { x, y, size };
      if (places.every((other) => overlap(place, other) <= 0.05)) places.push(place);
    }
    if (places.length === count) return places;
  }
}

/** Intersection over union of the two squares. */
function overlap(a: Place, b: Place): number {
  const side = (p: number, q: number) =>
    Math.min(p + a.size / 2, q + b.size / 2) - Math.max(p - a.size / 2, q - b.size / 2);
  const common = Math.max(0, side(a.x, b.x)) * Math.max(0, side(a.y, b.y));
  return common / (a.size ** 2 + b.size ** 2 - common);
}

const LIGHT: readonly ColorName[] = ["yellow", "pink", "white", "turquoise", "orange", "green"];

function drawBackground(random: Random, light: boolean): Background {
  const palette = light ? LIGHT : COLOR_NAMES;
  const kind = random.integer(3);
  const first = palette[random.integer(palette.length)] as ColorName;
  const angle = round(random.uniform(0, 360));
  if (kind === 0) return { kind: "plain", colors: [first], rgb: [paint(random, first, 0)] };
  if (kind === 1) {
    const others = palette.filter((name) => name !== first);
    const second = others[random.integer(others.length)] as ColorName;
    const rgb = [paint(random, first, 0), paint(random, second, 0)] as const;
    return { kind: "gradient", colors: [first, second], rgb, angle };
  }
  const tone = random.uniform(8, 16);
  return {
    kind: "texture",
    pattern: PATTERNS[random.integer(PATTERNS.length)] as Pattern,
    colors: [first],
    rgb: [paint(random, first, -tone), paint(random, first, tone)],
    angle,
    period: round(random.uniform(12, 40)),
    seed: random.bits(),
  };
}

/** A colour of the name: jittered, `tone` brighter. */
function paint(random: Random, name: ColorName, tone: number): Rgb {
  const channel = (base: number) =>
    Math.round(Math.min(255, Math.max(0, base + tone + random.uniform(-7, 7))));
  const [r, g, b] = BACKGROUND_RGB[name];
  return [channel(r), channel(g), channel(b)];
}

/** Two decimals: specs stay short as JSON and lose nothing on the way. */
function round(value: number): number {
  return Math.round(value * 100) / 100;
}
