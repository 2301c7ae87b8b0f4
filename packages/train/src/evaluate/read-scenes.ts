import { join } from "node:path";
import type { Image, ImageTokens, V2L } from "v2l";
import { PixelCache } from "../data/pixel-cache.js";
import { WorldDataset, type WorldOptions } from "../data/world.js";
import type { TrainOptions } from "../run/events.js";
import type { SceneSpec } from "../world/index.js";

/** Scenes of the demo world: of the test split and without repeated objects, unless said otherwise. */
export interface SceneSet extends Omit<WorldOptions, "cache"> {
  /** What progress calls it. */
  readonly name: string;
}

export interface ReadScenesOptions extends Pick<TrainOptions, "signal" | "onEvent"> {
  /** Folder where drawn scenes are kept between evaluations. */
  readonly cache: string;
}

/** A scene, its picture, and what the bundle made of it. */
export interface ReadScene {
  readonly scene: SceneSpec;
  readonly picture: Image;
  readonly tokens: ImageTokens;
  /** Global words, nearest first. */
  readonly words: readonly string[];
}

/** Pictures that go through the networks at once. */
const BATCH = 32;

/** Draws the scenes of a set and translates them, batch by batch. */
export async function* readScenes(
  v2l: V2L,
  { name, ...set }: SceneSet,
  { cache, signal, onEvent }: ReadScenesOptions,
): AsyncGenerator<readonly ReadScene[]> {
  const world = await WorldDataset.open({ split: "test", repeats: 0, ...set, cache });
  const pictures = new PixelCache(world, join(cache, world.fileName), world.side);
  try {
    for (let first = 0; first < set.count; first += BATCH) {
      signal?.throwIfAborted();
      const count = Math.min(BATCH, set.count - first);
      const batch = await Promise.all(
        Array.from({ length: count }, (_, i) => pictures.item(first + i)),
      );
      const tokens = await v2l.encode(batch, { batchSize: BATCH });
      yield tokens.map((each, i) => ({
        scene: world.scene(first + i),
        picture: batch[i] as Image,
        tokens: each,
        words: each.globalTokens.map(({ word }) => word),
      }));
      onEvent?.({ type: "prepare", what: name, done: first + count, total: set.count });
    }
  } finally {
    pictures.dispose();
  }
}
