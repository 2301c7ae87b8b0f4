import { HELD_OUT_STYLES, LINE_ART } from "../world/index.js";
import type { SceneSet } from "./read-scenes.js";

/** A kind of held-out scenes. */
export interface DemoSet extends Omit<SceneSet, "count"> {
  /** Whether the tokenizer has learned to paint such scenes. */
  readonly reconstruct: boolean;
}

const ONE = [1, 0, 0] as const;
const SEVERAL = [0, 1, 1] as const;

/** The unseen style that is not line art. */
const UNSEEN = HELD_OUT_STYLES.filter((style) => style !== LINE_ART);

/** The sets that a demo bundle is measured on. */
export const DEMO_SETS: readonly DemoSet[] = [
  { name: "one object", objects: ONE, reconstruct: true },
  { name: "one object, unseen style", objects: ONE, styles: UNSEEN, reconstruct: false },
  { name: "two or three objects", objects: SEVERAL, reconstruct: true },
  { name: "novel objects", objects: ONE, nouns: "novel", reconstruct: true },
  { name: "line art", objects: ONE, styles: [LINE_ART], reconstruct: false },
];
