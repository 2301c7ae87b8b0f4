import { clipNetwork, expected, V2LError } from "@v2l/nn";
import { setThreads } from "@v2l/torch";
import { BatchWorker, Prefetcher, writeSafetensors } from "v2l";
import type { Partially } from "../run/config.js";
import type { TrainOptions } from "../run/events.js";
import { openRun, trainLoop } from "../run/loop.js";
import { versions } from "../run/versions.js";
import type { ClipBatch } from "./batch.js";
import { type ClipTrainConfig, clipConfig } from "./config.js";
import { startingWeights } from "./start.js";
import { ClipTrainee } from "./trainee.js";

/** Batches drawn ahead. */
const AHEAD = 3;

/** The weights of a finished run, beside its checkpoint: OpenAI's names, float32. */
export const CLIP_WEIGHTS = "clip.safetensors";

/**
 * Trains a CLIP on scenes of the demo world and texts about them. Writes `clip.safetensors` into the
 * run folder when it ends, also early.
 * @param fields what differs from the default recipe
 * @returns finished steps
 * @throws V2LError INVALID_ARGUMENT, RESUME_MISMATCH; TorchError where libtorch is missing
 */
export async function trainClip(
  fields: Partially<ClipTrainConfig>,
  options: TrainOptions,
): Promise<number> {
  const config = clipConfig(fields);
  if (config.model.text === null) {
    const what = "a text half";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "model.text", null));
  }
  const loopOptions = { ...options, recipe: "clip", config, versions: versions() };
  const { params } = clipNetwork(config.model);
  const start = await startingWeights(params, config.model, config.seed, config.init);
  const folder = openRun(loopOptions);
  setThreads(config.threads);
  const worker = new BatchWorker<ClipBatch>(new URL("./batch-worker.js", import.meta.url), config);
  const batches = new Prefetcher((step) => worker.make(step), AHEAD, config.steps);
  const trainee = new ClipTrainee(config, batches, start);
  try {
    const loop = { ...config, sampleEvery: 0 };
    const step = await trainLoop(folder, trainee, loop, loopOptions);
    await writeSafetensors(folder.path(CLIP_WEIGHTS), trainee.weights());
    return step;
  } finally {
    trainee.dispose();
    await worker.dispose();
  }
}
