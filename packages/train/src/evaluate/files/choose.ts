import { expected, V2LError } from "@v2l/nn";
import { randomFor } from "../../run/random.js";
import type { LanguageConfig } from "../language-scenes.js";

/** What images are chosen for an evaluation, by a seed. */
export interface ChosenImages<T> {
  /** To be evaluated on. */
  readonly evaluated: readonly T[];
  /** Others, of which prompts may show what is true. */
  readonly pool: readonly T[];
}

/** An image of a dataset, and the part of the dataset that it belongs to where the dataset tells. */
interface Chosen {
  readonly image: string;
  readonly split: string | null;
}

/** What a dataset calls the splits. */
const SPLITS = { test: "test", validation: "val" } as const;

/**
 * Draws images to evaluate on and others to show as examples. Where the dataset tells its splits, the first
 * are of the one that is asked for and the others of the training split. No image is in both.
 * @param others images for examples from a dataset of their own; null: those of the same one
 * @throws V2LError INVALID_ARGUMENT where there are fewer than two to evaluate on, or none to show
 */
export function chooseImages<T extends Chosen>(
  images: readonly T[],
  others: readonly T[] | null,
  { split, images: count, pool: poolCount, shots, seed }: Omit<LanguageConfig, "words" | "choose">,
): ChosenImages<T> {
  const asked = images.filter((one) => one.split === null || one.split === SPLITS[split]);
  const evaluated = randomFor(seed, "evaluated images")
    .shuffle([...asked])
    .slice(0, count);
  if (evaluated.length < 2) {
    const what = "at least two images of the split to evaluate on";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "annotations", evaluated.length));
  }
  const taken = new Set(evaluated.map(({ image }) => image));
  const free = (others ?? images).filter(({ image, split: part }) => {
    return !taken.has(image) && (part === null || part === "train");
  });
  const pool = randomFor(seed, "images for examples")
    .shuffle([...free])
    .slice(0, poolCount);
  if (pool.length === 0 && shots > 0) {
    const remedy = "Name annotations of other images for the examples, or evaluate on fewer";
    const what = "images that are not evaluated on, to show as examples,";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "pool", "none", remedy));
  }
  return { evaluated, pool };
}
