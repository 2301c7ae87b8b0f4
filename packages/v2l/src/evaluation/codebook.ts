import { Journal } from "../files/journal.js";
import type { V2L } from "../v2l/v2l.js";
import { countIds } from "./codebook-use.js";
import {
  type ImageEntry,
  type ImageRunOptions,
  identityOf,
  measureImages,
  type NumberedImage,
} from "./image-run.js";
import type { EvaluatedImages } from "./image-sets.js";
import { WHOLE } from "./shards.js";

/** Of how many of an image's first words it is told whether they name something in it. */
export const NAMING_RANKS = [1, 5, 21] as const;

/** How many of an image's first words name something that it shows, for each of {@link NAMING_RANKS}. */
export interface Naming {
  /** By rank; of as many words, or of all where an image has fewer. */
  readonly own: readonly number[];
  /** The same words, where another image of the set is asked: half the set away. */
  readonly other: readonly number[];
  /** How many words it has. */
  readonly words: number;
  /** Share of the whole vocabulary that names something in the image. */
  readonly chance: number;
}

/** What a shard knows of a set: enough for the figures of the whole set. */
export interface CodebookPart {
  readonly set: string;
  /** Images of the whole set. */
  readonly length: number;
  readonly counts: { readonly local: readonly number[]; readonly global: readonly number[] };
  /** Where it is known what the images show, null elsewhere. */
  readonly naming: {
    readonly images: readonly ({ readonly item: number } & Naming)[];
    /** How often each entry of the global codebook names something in the image that it describes. */
    readonly right: readonly number[];
  } | null;
}

/** What a shard measures. */
export interface CodebookMeasured {
  readonly entries: CodebookEntries;
  readonly sets: readonly CodebookPart[];
}

/** What two codebooks hold. */
export interface CodebookEntries {
  /** Pieces of the local codebook. */
  readonly local: readonly string[];
  /** Words of the global codebook. */
  readonly global: readonly string[];
}

interface Entry extends ImageEntry {
  readonly local: readonly number[];
  readonly global: readonly number[];
}

/**
 * Translates images and counts which entries of the codebooks they become; where it is known what an image
 * shows, also whether its global words name that.
 * @param entries of the bundle's codebooks
 * @returns what this shard knows, for `summarizeCodebook`
 * @throws V2LError what `loadImage` throws
 */
export async function measureCodebook(
  v2l: V2L,
  entries: CodebookEntries,
  sets: readonly EvaluatedImages[],
  options: ImageRunOptions,
): Promise<CodebookMeasured> {
  const { cache, shard = WHOLE } = options;
  const identity = { ...options.identity, sets: identityOf(sets), shard };
  const journal = Journal.open<Entry>(cache, "eval-codebook", identity, options);
  const measure = async (set: EvaluatedImages, batch: readonly NumberedImage[]) => {
    const images = batch.map(({ image }) => image);
    const tokens = await v2l.encode(images);
    return tokens.map(({ localTokens, globalTokens }, i) => ({
      set: set.name,
      item: batch[i]?.item as number,
      local: [...localTokens.grid],
      global: globalTokens.map(({ id }) => id),
    }));
  };
  const found = await measureImages(sets, journal, measure, options);
  const { local, global } = v2l.manifest.codebooks;
  const parts = sets.map((set, i) => {
    const images = found[i] ?? [];
    return {
      set: set.name,
      length: set.length,
      counts: {
        local: countIds(
          local.size,
          images.map((entry) => entry.local),
        ),
        global: countIds(
          global.size,
          images.map((entry) => entry.global),
        ),
      },
      naming: naming(set, images, entries.global),
    };
  });
  return { entries, sets: parts };
}

function naming(
  { names, length }: EvaluatedImages,
  entries: readonly Entry[],
  vocabulary: readonly string[],
): CodebookPart["naming"] {
  if (names === undefined) return null;
  const right = new Array<number>(vocabulary.length).fill(0);
  const images = entries.map(({ item, global }) => {
    const other = (item + Math.floor(length / 2)) % length;
    const words = global.map((id) => vocabulary[id] as string);
    const own = words.map((word) => names(item, word));
    for (const [i, id] of global.entries()) right[id] = (right[id] as number) + Number(own[i]);
    return {
      item,
      own: byRank(own),
      other: byRank(words.map((word) => names(other, word))),
      words: words.length,
      chance: countTrue(vocabulary.map((word) => names(item, word))) / vocabulary.length,
    };
  });
  return { images, right };
}

function byRank(named: readonly boolean[]): number[] {
  return NAMING_RANKS.map((rank) => countTrue(named.slice(0, rank)));
}

function countTrue(all: readonly boolean[]): number {
  return all.filter(Boolean).length;
}
