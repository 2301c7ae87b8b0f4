import { createHash } from "node:crypto";
import type { Image } from "v2l";
import { pickWeighted, randomFor } from "../run/random.js";
import {
  type ColorOf,
  GlyphAtlas,
  objectColors,
  renderScene,
  SCENE_SIZE,
  type SceneOptions,
  type SceneSpec,
  STYLES,
  type Style,
  sceneSpec,
  TRAIN_STYLES,
} from "../world/index.js";
import type { Dataset } from "./dataset.js";

export interface WorldOptions {
  /** Number of scenes. */
  readonly count: number;
  /** First index within the split; 0 by default. */
  readonly first?: number;
  /** Relative frequency of scenes with one, two and three objects. */
  readonly objects: readonly [number, number, number];
  /** `train` by default. */
  readonly split?: SceneOptions["split"];
  readonly styles?: readonly Style[];
  readonly nouns?: SceneOptions["nouns"];
  /** Probability that a further object repeats the first one's noun; 0.15 by default. */
  readonly repeats?: number;
  /** Folder where rasterised objects are kept between runs. */
  readonly cache?: string;
}

/** A stretch of the demo world, with the truth about every picture. */
export class WorldDataset implements Dataset {
  readonly side = SCENE_SIZE;
  /** The colour word of an object as it is drawn. */
  readonly colorOf: ColorOf;

  private constructor(
    private readonly options: WorldOptions,
    private readonly atlas: GlyphAtlas,
  ) {
    this.colorOf = objectColors(atlas);
  }

  static async open(options: WorldOptions): Promise<WorldDataset> {
    const { cache, styles = TRAIN_STYLES } = options;
    const cacheFolder = cache === undefined ? {} : { cacheFolder: cache };
    const atlas = await GlyphAtlas.load({
      styles: STYLES.filter((style) => styles.includes(style)),
      ...cacheFolder,
    });
    return new WorldDataset(options, atlas);
  }

  get length(): number {
    return this.options.count;
  }

  /** A file name for these pictures: equal names mean equal pictures at equal indices. */
  get fileName(): string {
    const { count: _, cache: __, ...rest } = this.options;
    const digest = createHash("sha256").update(JSON.stringify(rest)).digest("hex");
    return `scenes-${digest.slice(0, 12)}.bin`;
  }

  /** What picture `index` shows. */
  scene(index: number): SceneSpec {
    const { first = 0, split = "train", styles, nouns, objects, repeats } = this.options;
    const number = first + index;
    const count = 1 + pickWeighted(randomFor(number, "objects"), objects);
    return sceneSpec(number, {
      split,
      objects: [count, count],
      ...(styles && { styles }),
      ...(nouns && { nouns }),
      ...(repeats !== undefined && { repeats }),
    });
  }

  async item(index: number): Promise<Image> {
    const data = renderScene(this.scene(index), this.atlas);
    return { width: SCENE_SIZE, height: SCENE_SIZE, data };
  }
}
