import type { Journal } from "../files/journal.js";
import type { Image } from "../image/image.js";
import type { EvaluatedImages } from "./image-sets.js";
import { type Shard, shardItems } from "./shards.js";

/** How an evaluation on images is run, beside what decides its figures. */
export interface ImageRunOptions {
  /** Which part of the images. Default all. */
  readonly shard?: Shard;
  /** Folder where what is measured is kept, so that a stopped run goes on. */
  readonly cache: string;
  /** Forget what a stopped run has measured. */
  readonly fresh?: boolean;
  /** What the figures depend on besides the images: the bundle, versions, the device. */
  readonly identity: object;
  readonly signal?: AbortSignal;
  /** @param what the set */
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** What was measured of one image. */
export interface ImageEntry {
  /** Name of the set. */
  readonly set: string;
  /** Index in the set. */
  readonly item: number;
}

/** An image of a set. */
export interface NumberedImage {
  readonly item: number;
  readonly image: Image;
}

/** Images that are measured, and then kept, together. */
const BATCH = 32;

/** What tells sets of images from others, as JSON. */
export function identityOf(sets: readonly EvaluatedImages[]): object[] {
  return sets.map(({ name, id, length }) => ({ name, id, length }));
}

/**
 * Measures the images of a shard that the journal does not have yet, batch by batch.
 * @param measure gives an entry for each image of a batch
 * @returns the entries of each set, in the order of the images
 */
export async function measureImages<E extends ImageEntry>(
  sets: readonly EvaluatedImages[],
  journal: Journal<E>,
  measure: (set: EvaluatedImages, batch: readonly NumberedImage[]) => Promise<readonly E[]>,
  { shard = { index: 1, count: 1 }, signal, onProgress }: ImageRunOptions,
): Promise<E[][]> {
  for (const set of sets) {
    const known = new Set(journal.entries.filter((one) => one.set === set.name).map(itemOf));
    const items = shardItems(set.length, shard);
    const missing = items.filter((item) => !known.has(item));
    for (let first = 0; first < missing.length; first += BATCH) {
      signal?.throwIfAborted();
      const batch = missing.slice(first, first + BATCH).map(async (item) => {
        return { item, image: await set.item(item) };
      });
      const entries = await measure(set, await Promise.all(batch));
      journal.add(...entries);
      const done = items.length - missing.length + Math.min(first + BATCH, missing.length);
      onProgress?.(set.name, done, items.length);
    }
  }
  return sets.map(({ name }) => {
    return journal.entries.filter((one) => one.set === name).sort((a, b) => a.item - b.item);
  });
}

function itemOf({ item }: ImageEntry): number {
  return item;
}
