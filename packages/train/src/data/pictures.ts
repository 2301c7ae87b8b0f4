import { join } from "node:path";
import { type Image, tokenizerInput, trainingInput } from "v2l";
import type { DataConfig } from "../tokenizer/config.js";
import type { Dataset } from "./dataset.js";
import { FolderDataset } from "./folder.js";
import { PixelCache } from "./pixel-cache.js";
import { WorldDataset } from "./world.js";

/** Opens the pictures that a tokenizer trains on. Scenes of the demo world are drawn once. */
export async function openPictures(config: DataConfig, cache: string): Promise<Dataset> {
  if (config.kind === "folder") return FolderDataset.open(config.path as string);
  const { scenes: count, first, objects } = config;
  const world = await WorldDataset.open({ count, first, objects, cache });
  return new PixelCache(world, join(cache, world.fileName), world.side);
}

/**
 * A batch of tokenizer inputs [N,3,side,side] in [-1,1], as the official training code prepares them
 * (through CLIP's crop of `clipSize` pixels), or for the demo straight from pictures of this side.
 */
export function tokenizerInputs(
  images: readonly Image[],
  side: number,
  preprocess: "official" | "demo",
): Float32Array {
  const planes = 3 * side * side;
  const out = new Float32Array(images.length * planes);
  images.forEach((image, i) => {
    const place = out.subarray(i * planes, (i + 1) * planes);
    if (preprocess === "official") place.set(trainingInput(image, side));
    else tokenizerInput(image, side, preprocess, place);
  });
  return out;
}
