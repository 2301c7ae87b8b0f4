import { join } from "node:path";
import type { Image } from "v2l";
import type { ClipEmbedder } from "../clip/embedder.js";
import type { TrainOptions } from "../run/events.js";
import type { Dataset } from "./dataset.js";
import { FeatureCache } from "./feature-cache.js";

/** Pictures per forward pass of CLIP. */
const BATCH = 64;

/**
 * Computes CLIP's features of every picture that the cache lacks, once.
 * @param digest names the CLIP
 * @returns the open cache; dispose it
 */
export async function cacheFeatures(
  dataset: Dataset,
  clip: ClipEmbedder,
  folder: string,
  digest: string,
  options: Pick<TrainOptions, "signal" | "onEvent">,
): Promise<FeatureCache> {
  const cache = new FeatureCache(join(folder, `clip-features-${digest}.bin`), clip.width);
  for (let first = 0; first < dataset.length; first += BATCH) {
    options.signal?.throwIfAborted();
    const count = Math.min(BATCH, dataset.length - first);
    const images = await Promise.all(
      Array.from({ length: count }, (_, i) => dataset.item(first + i)),
    );
    addMissing(cache, clip, images);
    const done = first + count;
    options.onEvent?.({ type: "prepare", what: "CLIP features", done, total: dataset.length });
  }
  return cache;
}

function addMissing(cache: FeatureCache, clip: ClipEmbedder, images: readonly Image[]): void {
  const missing = images.filter((image) => !cache.has(FeatureCache.key(image)));
  if (missing.length === 0) return;
  const features = clip.images(missing);
  missing.forEach((image, i) => {
    cache.add(FeatureCache.key(image), features.subarray(i * clip.width, (i + 1) * clip.width));
  });
}
