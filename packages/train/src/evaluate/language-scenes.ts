import { type EvaluatedImage, type V2L, withOtherWords } from "v2l";
import type { SceneSpec, Split } from "../world/index.js";
import { type DescribedScene, describeScenes, type ReadScenesOptions } from "./read-scenes.js";

/** How a language model is evaluated on the demo world. */
export interface LanguageConfig {
  /** `validation` to choose settings by, `test` to report. */
  readonly split: Exclude<Split, "train">;
  /** Scenes of each set. */
  readonly images: number;
  /** Scenes of the train split that examples come from. */
  readonly pool: number;
  /** Examples in a prompt. */
  readonly shots: number;
  /** Those with similar words, or the same random ones for all scenes. */
  readonly choose: "similar" | "random";
  /** Global words of each image that the prompt shows. */
  readonly words: number;
  /** Words that it does not show. */
  readonly ignore: readonly string[];
  /** Words of its parts, with their places, that the prompt shows. */
  readonly places: number;
  /** For captions and questions, and for random examples. */
  readonly seed: number;
}

/** A scene to evaluate on. */
export type EvaluatedScene = DescribedScene &
  EvaluatedImage & {
    /** The set it belongs to. */
    readonly set: string;
  };

export interface LanguageScenes {
  /** Scenes of the train split: what is in them may be told. */
  readonly pool: readonly DescribedScene[];
  /** Scenes of the split under evaluation, set by set. */
  readonly evaluated: readonly EvaluatedScene[];
}

/** The two sets, in training styles, with objects repeated as often as the world does it. */
const SETS = [
  { name: "one object", objects: [1, 0, 0] },
  { name: "two objects", objects: [0, 1, 0] },
] as const;
const POOL = { name: "examples", objects: [1, 1, 0] } as const;
/** Probability of a repeated object, as in the scenes of training. */
const REPEATS = 0.15;

/** Names of the sets, and of both together. */
export const BOTH_SETS = "one or two objects";
export const LANGUAGE_SETS: readonly string[] = [...SETS.map(({ name }) => name), BOTH_SETS];

/** Draws the scenes and reads their words. */
export async function readLanguageScenes(
  v2l: V2L,
  { split, images, pool, places }: LanguageConfig,
  run: ReadScenesOptions,
): Promise<LanguageScenes> {
  const options = { ...run, places };
  const known = { ...POOL, split: "train", count: pool, repeats: REPEATS } as const;
  const evaluated: EvaluatedScene[] = [];
  for (const set of SETS) {
    const asked = { ...set, split, count: images, repeats: REPEATS };
    const scenes = withOtherWords(await describeScenes(v2l, asked, options));
    evaluated.push(...scenes.map((scene) => ({ ...scene, set: set.name })));
  }
  return { pool: await describeScenes(v2l, known, options), evaluated };
}

/** Which of the results belong to a set. */
export function inSet<T extends { readonly set: string }>(all: readonly T[], set: string): T[] {
  return all.filter((one) => set === BOTH_SETS || one.set === set);
}

/** The stream of random numbers of what is said about a scene. */
export function stream(purpose: string, { split, index }: SceneSpec): string {
  return `${purpose}/${split}/${index}`;
}

/** How an evaluation is stopped and watched. */
export type EvaluationOptions = Pick<ReadScenesOptions, "signal" | "onEvent">;
