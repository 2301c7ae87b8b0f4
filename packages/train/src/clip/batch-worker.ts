import { join } from "node:path";
import type { ClipTextConfig } from "@v2l/nn";
import { serveBatches } from "v2l";
import { PixelCache } from "../data/pixel-cache.js";
import { WorldDataset } from "../data/world.js";
import { DataOrder } from "../run/order.js";
import type { SceneSpec } from "../world/index.js";
import { clipBatch } from "./batch.js";
import { closeUp } from "./close-up.js";
import type { ClipTrainConfig } from "./config.js";
import { strangers } from "./strangers.js";
import { demoTextEncoder } from "./text-encoder.js";

/** The thread that draws scenes and texts while the model computes. */
serveBatches(async (config: ClipTrainConfig) => {
  const { model, seed, cache } = config;
  const { vocabSize, contextLength } = model.text as ClipTextConfig;
  const world = await WorldDataset.open({ count: config.scenes, objects: config.objects, cache });
  const pictures = new PixelCache(world, join(cache, world.fileName), world.side);
  const order = new DataOrder(config.scenes, seed);
  const options = {
    ...config,
    imageSize: model.vision.imageSize,
    strangers: strangers(),
    colorOf: world.colorOf,
    encode: demoTextEncoder(vocabSize, contextLength),
  };
  return async (step: number) => {
    const items = order.batch(step, config.batch);
    const scenes = items.map((item) => world.scene(item));
    const drawn = await Promise.all(items.map((item) => pictures.item(item)));
    const images = config.closeUp
      ? drawn.map((image, i) => closeUp(image, scenes[i] as SceneSpec))
      : drawn;
    const batch = clipBatch(scenes, images, step, options);
    const transfer = [batch.pixels, batch.ids, batch.truth, batch.kept].map(({ buffer }) => buffer);
    return { batch, transfer: transfer as ArrayBuffer[] };
  };
});
