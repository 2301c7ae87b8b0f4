import { llamaNetwork } from "@v2l/nn";
import { setThreads } from "@v2l/torch";
import { BatchWorker, Prefetcher } from "v2l";
import type { Partially } from "../run/config.js";
import type { TrainOptions } from "../run/events.js";
import { openRun, trainLoop } from "../run/loop.js";
import { versions } from "../run/versions.js";
import { DEMO_PIECES } from "../world/index.js";
import type { LlmBatch } from "./batch-worker.js";
import { type LlmTrainConfig, llmConfig } from "./config.js";
import { initialWeights, LLM_RECIPE, startWeights } from "./start.js";
import { LlmTrainee } from "./trainee.js";

/** Batches written ahead. */
const AHEAD = 3;

/**
 * Trains the demo's language model on text. `exportGguf` makes a model file of the run, also while it
 * goes on.
 * @param fields what differs from the default recipe
 * @returns finished steps
 * @throws V2LError INVALID_ARGUMENT, RESUME_MISMATCH, FILE_NOT_FOUND where WordNet is missing;
 * TorchError where libtorch is missing
 */
export async function trainLlm(
  fields: Partially<LlmTrainConfig>,
  options: TrainOptions,
): Promise<number> {
  const config = llmConfig(fields);
  const loopOptions = { ...options, recipe: LLM_RECIPE, config, versions: versions() };
  const network = llamaNetwork(config.model, DEMO_PIECES);
  const folder = openRun(loopOptions);
  const start =
    config.init === null
      ? startWeights(network, config.seed)
      : await initialWeights(config.init, network, config.seed);
  setThreads(config.threads);
  const worker = new BatchWorker<LlmBatch>(new URL("./batch-worker.js", import.meta.url), config);
  const batches = new Prefetcher((step) => worker.make(step), AHEAD, config.steps);
  const trainee = new LlmTrainee(config, batches, start);
  try {
    return await trainLoop(folder, trainee, { ...config, sampleEvery: 0 }, loopOptions);
  } finally {
    trainee.dispose();
    await worker.dispose();
  }
}
