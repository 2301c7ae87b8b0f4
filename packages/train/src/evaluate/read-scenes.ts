import { join } from "node:path";
import {
  type Image,
  type ImageReading,
  type ImageTokens,
  type ReadOptions,
  readImages,
  type V2L,
} from "v2l";
import { PixelCache } from "../data/pixel-cache.js";
import { WorldDataset, type WorldOptions } from "../data/world.js";
import type { TrainOptions } from "../run/events.js";
import type { ColorOf, SceneSpec } from "../world/index.js";

/** Scenes of the demo world: of the test split and without repeated objects, unless said otherwise. */
export interface SceneSet extends Omit<WorldOptions, "cache"> {
  /** What progress calls it. */
  readonly name: string;
}

export interface ReadScenesOptions extends Pick<TrainOptions, "signal" | "onEvent"> {
  /** Folder where drawn scenes are kept between evaluations. */
  readonly cache: string;
}

interface DescribeOptions extends ReadScenesOptions, Pick<ReadOptions, "places"> {}

interface DrawnScene {
  readonly scene: SceneSpec;
  readonly picture: Image;
  /** Tells the colour words of its objects. */
  readonly colorOf: ColorOf;
}

/** A scene, its picture, and what the bundle made of it. */
export interface ReadScene extends DrawnScene {
  readonly tokens: ImageTokens;
  /** Global words, nearest first. */
  readonly words: readonly string[];
}

/** A scene and its global words, those of its parts among them. */
export type DescribedScene = Omit<ReadScene, "picture" | "tokens"> & ImageReading;

/** Pictures that go through the networks at once. */
const BATCH = 32;

/** Draws the scenes of a set and translates them, batch by batch. */
export async function* readScenes(
  v2l: V2L,
  set: SceneSet,
  options: ReadScenesOptions,
): AsyncGenerator<readonly ReadScene[]> {
  for await (const batch of drawScenes(set, options)) {
    const pictures = batch.map(({ picture }) => picture);
    const tokens = await v2l.encode(pictures, { batchSize: BATCH });
    yield batch.map((drawn, i) => {
      const each = tokens[i] as ImageTokens;
      return { ...drawn, tokens: each, words: each.globalTokens.map(({ word }) => word) };
    });
  }
}

/** Draws the scenes of a set and reads their global words, which is quicker than {@link readScenes}. */
export async function describeScenes(
  v2l: V2L,
  set: SceneSet,
  { places = 0, ...options }: DescribeOptions,
): Promise<DescribedScene[]> {
  const scenes: DescribedScene[] = [];
  for await (const batch of drawScenes(set, options)) {
    const pictures = batch.map(({ picture }) => picture);
    const read = await readImages(v2l, pictures, { batchSize: BATCH, places });
    for (const [i, { scene, colorOf }] of batch.entries()) {
      scenes.push({ scene, colorOf, ...(read[i] as ImageReading) });
    }
  }
  return scenes;
}

/** Draws the scenes of a set, batch by batch. */
export async function* drawScenes(
  { name, ...set }: SceneSet,
  { cache, signal, onEvent }: ReadScenesOptions,
): AsyncGenerator<readonly DrawnScene[]> {
  const world = await WorldDataset.open({ split: "test", repeats: 0, ...set, cache });
  const pictures = new PixelCache(world, join(cache, world.fileName), world.side);
  const { colorOf } = world;
  try {
    for (let first = 0; first < set.count; first += BATCH) {
      signal?.throwIfAborted();
      const count = Math.min(BATCH, set.count - first);
      const batch = Array.from({ length: count }, async (_, i) => ({
        scene: world.scene(first + i),
        picture: await pictures.item(first + i),
        colorOf,
      }));
      yield await Promise.all(batch);
      onEvent?.({ type: "prepare", what: name, done: first + count, total: set.count });
    }
  } finally {
    pictures.dispose();
  }
}
