import { join } from "node:path";
import type { EvaluatedImages } from "v2l";
import { PixelCache } from "../data/pixel-cache.js";
import { WorldDataset } from "../data/world.js";
import type { SceneSpec, Split } from "../world/index.js";
import { namesObject } from "./coverage.js";
import { DEMO_SETS } from "./demo-sets.js";

export interface WorldImagesOptions {
  /** Scenes of each set. */
  readonly images: number;
  /** `validation` to choose settings by, `test` to report. */
  readonly split: Exclude<Split, "train">;
  /** Folder where drawn scenes are kept between evaluations. */
  readonly cache: string;
}

/** Sets of held-out scenes, and the files that keep them. */
export interface WorldImages {
  readonly sets: readonly EvaluatedImages[];
  dispose(): void;
}

/**
 * The held-out scenes of `evaluateDemo` as images of which it is known what they show.
 * @param which all sets, or those whose kind the tokenizer has learned to paint
 */
export async function openWorldImages(
  which: "all" | "painted",
  { images: count, split, cache }: WorldImagesOptions,
): Promise<WorldImages> {
  const files: PixelCache[] = [];
  const sets: EvaluatedImages[] = [];
  for (const { name, reconstruct, ...kind } of DEMO_SETS) {
    if (which === "painted" && !reconstruct) continue;
    const world = await WorldDataset.open({ repeats: 0, ...kind, split, count, cache });
    const pictures = new PixelCache(world, join(cache, world.fileName), world.side);
    files.push(pictures);
    const scenes = new Map<number, SceneSpec>();
    const sceneOf = (index: number) => {
      const scene = scenes.get(index) ?? world.scene(index);
      scenes.set(index, scene);
      return scene;
    };
    sets.push({
      id: world.fileName,
      name,
      length: count,
      item: (index) => pictures.item(index),
      names: (index, word) => namesObject(sceneOf(index), word),
    });
  }
  return { sets, dispose: () => files.forEach((file) => void file.dispose()) };
}
