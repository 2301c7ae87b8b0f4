import { join } from "node:path";
import { type GgufWeightType, writeLlamaGguf } from "@v2l/llm";
import { atomicWrite } from "v2l";
import { RunFolder, savedConfig } from "../run/folder.js";
import { demoVocabulary, llamaVocabulary } from "../world/index.js";
import type { LlmTrainConfig } from "./config.js";
import { readLlmCheckpoint } from "./start.js";

export interface ExportGgufOptions {
  /** Names the model to a person. */
  readonly name: string;
  /** How matrices are stored. */
  readonly type: GgufWeightType;
}

/**
 * Writes the latest checkpoint of a run of `trainLlm` as a GGUF file that llama.cpp reads.
 * @param path the new file; one that is there is replaced
 * @param run the run's folder
 * @returns finished steps of the checkpoint
 * @throws V2LError FILE_NOT_FOUND where there is no run or no checkpoint yet, RESUME_MISMATCH where it
 * is a run of another recipe, INVALID_ARGUMENT where the sizes do not allow the type
 */
export async function exportGguf(
  path: string,
  run: string,
  { name, type }: ExportGgufOptions,
): Promise<number> {
  const { model: config } = savedConfig<LlmTrainConfig>(run);
  const file = join(run, RunFolder.CHECKPOINT);
  const { step, weights: tensors } = await readLlmCheckpoint(file);
  const vocabulary = llamaVocabulary(demoVocabulary());
  await atomicWrite(path, (out) =>
    writeLlamaGguf(out, { name, config, vocabulary, tensors, type }),
  );
  return step;
}
