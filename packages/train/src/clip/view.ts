import type { Random } from "@v2l/nn";
import {
  COLOR_NAMES,
  type ColorOf,
  mixOf,
  SCENE_SIZE,
  type SceneObject,
  type SceneSpec,
} from "../world/index.js";

/** The square of a scene that a picture shows, in pixels of the scene. */
export interface View {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** What can be said of a view: facts such as `dog`, `color red`, `background red`, `red dog`, `count 2`. */
export interface Seen {
  /** The scene with the objects that are seen for sure. */
  readonly scene: SceneSpec;
  /** Facts that hold. */
  readonly known: ReadonlySet<string>;
  /** Facts that nobody would be sure about: of objects cut by the edge, colours that were changed. */
  readonly unsure: ReadonlySet<string>;
}

export const WHOLE_VIEW: View = { left: 0, top: 0, side: SCENE_SIZE };

/** Sides of the views that {@link drawView} draws. */
const [SMALLEST, LARGEST] = [44, 112];
/** Of an object's square at least this share must be in view, or at most that one. */
const SEEN_FROM = 0.6;
const UNSEEN_TO = 0.12;

/** A random square of a scene. */
export function drawView(random: Random): View {
  const side = SMALLEST + random.integer(LARGEST - SMALLEST + 1);
  const place = () => random.integer(SCENE_SIZE - side + 1);
  return { left: place(), top: place(), side };
}

/**
 * What a view shows.
 * @param colors whether the picture has the colours of the scene
 */
export function seen(scene: SceneSpec, view: View, colorOf: ColorOf, colors: boolean): Seen {
  const share = (object: SceneObject) => shareIn(object, view);
  const shown = scene.objects.filter((object) => share(object) >= SEEN_FROM);
  const cut = scene.objects.filter(
    (object) => share(object) > UNSEEN_TO && !shown.includes(object),
  );
  const known = new Set(shown.map(({ noun }) => noun));
  const unsure = new Set(cut.map(({ noun }) => noun));
  const counts = [0, 1, 2, 3].map((count) => `count ${count}`);
  if (cut.length > 0) for (const fact of counts) unsure.add(fact);
  else known.add(`count ${shown.length}`);
  if (!colors) {
    for (const fact of anyColor(shown)) unsure.add(fact);
    return { scene: { ...scene, objects: shown }, known, unsure };
  }
  for (const object of shown) {
    const color = colorOf(object);
    if (color) known.add(`color ${color}`).add(`${color} ${object.noun}`);
  }
  for (const object of cut) unsure.add(`color ${colorOf(object)}`);
  for (const [color, sure] of backgroundColors(scene, view)) {
    for (const fact of [`color ${color}`, `background ${color}`]) (sure ? known : unsure).add(fact);
  }
  return { scene: { ...scene, objects: shown }, known, unsure };
}

function anyColor(objects: readonly SceneObject[]): string[] {
  const things = ["color", "background"];
  return COLOR_NAMES.flatMap((color) => [
    ...things.map((thing) => `${thing} ${color}`),
    ...objects.map(({ noun }) => `${color} ${noun}`),
  ]);
}

/** Colours of the background in view, and whether a view shows enough of them. */
function backgroundColors({ background }: SceneSpec, view: View): [string, boolean][] {
  if (background.kind !== "gradient") return background.colors.map((color) => [color, true]);
  const mix = mixOf(background);
  const corners = [0, view.side].flatMap((right) =>
    [0, view.side].map((down) => mix(view.left + right, view.top + down)),
  );
  const [first, second] = background.colors;
  const shares = [
    [first, 1 - Math.min(...corners)],
    [second, Math.max(...corners)],
  ] as const;
  return shares.flatMap(([color, most]) => (most > 0.4 ? [[color, most > 0.6]] : []));
}

/** Share of an object's square that is in view. */
function shareIn({ x, y, size }: SceneObject, { left, top, side }: View): number {
  const common = (centre: number, start: number) => {
    const end = Math.min(centre + size / 2, start + side);
    return Math.max(0, end - Math.max(centre - size / 2, start));
  };
  return (common(x, left) * common(y, top)) / size ** 2;
}
