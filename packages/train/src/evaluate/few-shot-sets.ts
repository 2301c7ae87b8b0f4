import { join } from "node:path";
import {
  type Codebook,
  type EmbeddedExample,
  type EpisodeSource,
  type Image,
  openBundle,
  pieceText,
  type V2L,
} from "v2l";
import { PixelCache } from "../data/pixel-cache.js";
import { WorldDataset } from "../data/world.js";
import {
  HELD_OUT_STYLES,
  LINE_ART,
  NOVEL_NOUNS,
  type SceneOptions,
  type Style,
  TRAIN_STYLES,
  TRAINED_NOUNS,
} from "../world/index.js";
import type { ReadScenesOptions } from "./read-scenes.js";

/** A scene with one object, which is its class. */
export interface FewShotImage extends EmbeddedExample {
  /** Its words where the global vocabulary has nothing but the language model's subwords. */
  readonly subwords: readonly string[];
}

/** Where the episodes of one row of the table come from. */
export interface FewShotSet {
  readonly name: string;
  /** One is drawn for each episode: a style for the support and one for the query. */
  readonly sources: readonly EpisodeSource<FewShotImage>[];
}

export interface FewShotSetsOptions extends ReadScenesOptions {
  /** `test` by default. */
  readonly split?: "test" | "validation";
  /** Scenes of each class in each style; 8 by default, enough for five shots and a query. */
  readonly images?: number;
}

/** The unseen style that is not line art. */
const UNSEEN = HELD_OUT_STYLES.filter((style) => style !== LINE_ART);

/** Scenes of each style and kind of nouns have numbers of their own: no layout is shared. */
const FIRST = 2 ** 17;
const STRETCH = 2 ** 15;
/** Pictures that go through CLIP at once. */
const BATCH = 32;

/**
 * Draws held-out scenes with one object, equally many of each class and style, and translates
 * them. Three sets of sources:
 *
 * - seen objects: support in one training style, query in another;
 * - unseen style: support in a training style, query in the held-out one;
 * - novel objects: support and query in the same training style, of the objects never drawn in training.
 *
 * @param bundle folder of the bundle that `v2l` has loaded
 */
export async function readFewShotSets(
  v2l: V2L,
  bundle: string,
  options: FewShotSetsOptions,
): Promise<FewShotSet[]> {
  const reader = new SceneReader(v2l, await (await openBundle(bundle)).codebook("local"), options);
  const seen = await reader.styles(TRAIN_STYLES, "trained");
  const unseen = await reader.styles(UNSEEN, "trained");
  const novel = await reader.styles(TRAIN_STYLES, "novel");
  return [
    { name: "seen objects", sources: pairs(seen, seen).filter(acrossStyles) },
    { name: "unseen style", sources: pairs(seen, unseen) },
    { name: "novel objects", sources: novel.map((support) => ({ support })) },
  ];
}

type Images = readonly FewShotImage[];

function pairs(
  support: readonly Images[],
  queries: readonly Images[],
): EpisodeSource<FewShotImage>[] {
  return support.flatMap((shown) => queries.map((asked) => ({ support: shown, queries: asked })));
}

function acrossStyles({ support, queries }: EpisodeSource<FewShotImage>): boolean {
  return support !== queries;
}

class SceneReader {
  private readonly subwords: ReadonlySet<string>;
  private stretches = 0;

  constructor(
    private readonly v2l: V2L,
    { vocabulary }: Codebook,
    private readonly options: FewShotSetsOptions,
  ) {
    this.subwords = new Set(vocabulary.map(pieceText));
  }

  /** The images of each style. */
  async styles(
    styles: readonly Style[],
    nouns: NonNullable<SceneOptions["nouns"]>,
  ): Promise<Images[]> {
    const all: Images[] = [];
    for (const style of styles) all.push(await this.style(style, nouns));
    return all;
  }

  private async style(
    style: Style,
    nouns: NonNullable<SceneOptions["nouns"]>,
  ): Promise<FewShotImage[]> {
    const { split = "test", cache, images: each = 8, signal, onEvent } = this.options;
    const world = await WorldDataset.open({
      split,
      first: FIRST + STRETCH * this.stretches++,
      count: STRETCH,
      objects: [1, 0, 0],
      repeats: 0,
      styles: [style],
      nouns,
      cache,
    });
    const classes = nouns === "novel" ? NOVEL_NOUNS.length : TRAINED_NOUNS.length;
    const chosen = evenly(world, each, classes);
    const pictures = new PixelCache(world, join(cache, world.fileName), world.side);
    const images: FewShotImage[] = [];
    try {
      for (let first = 0; first < chosen.length; first += BATCH) {
        signal?.throwIfAborted();
        const batch = chosen.slice(first, first + BATCH);
        const drawn = await Promise.all(batch.map(({ index }) => pictures.item(index)));
        const translated = await this.translate(drawn);
        images.push(...translated.map((one, i) => ({ ...one, output: batch[i]?.noun as string })));
        const what = `${nouns} objects, ${style}`;
        onEvent?.({ type: "prepare", what, done: images.length, total: chosen.length });
      }
    } finally {
      pictures.dispose();
    }
    return images;
  }

  private async translate(pictures: readonly Image[]): Promise<Omit<FewShotImage, "output">[]> {
    const embeddings = await this.v2l.embedImage(pictures, { batchSize: BATCH });
    const words = await this.v2l.nearestWords(embeddings);
    const subwords = await this.v2l.nearestWords(embeddings, {
      among: (word) => this.subwords.has(word),
    });
    return embeddings.map((embedding, i) => ({
      embedding,
      words: (words[i] ?? []).map(({ word }) => word),
      subwords: (subwords[i] ?? []).map(({ word }) => word),
    }));
  }
}

/** The first `each` scenes of each of the classes, in the order of their numbers. */
function evenly(
  world: WorldDataset,
  each: number,
  classes: number,
): { readonly index: number; readonly noun: string }[] {
  const chosen: { index: number; noun: string }[] = [];
  const counts = new Map<string, number>();
  for (let index = 0; chosen.length < each * classes; index++) {
    const noun = world.scene(index).objects[0]?.noun as string;
    const before = counts.get(noun) ?? 0;
    if (before === each) continue;
    counts.set(noun, before + 1);
    chosen.push({ index, noun });
  }
  return chosen;
}
