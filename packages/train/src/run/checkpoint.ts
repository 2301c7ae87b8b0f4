import { existsSync } from "node:fs";
import { expected, V2LError, type Weights } from "@v2l/nn";
import { readSafetensors, writeSafetensors } from "v2l";

/** What a run continues from. */
export interface Checkpoint {
  /** Finished optimiser steps. The data order follows from it and the seed. */
  readonly step: number;
  /** Weights, running statistics and optimiser moments. */
  readonly state: Weights;
}

/** Writes atomically: a killed process leaves the checkpoint before. */
export async function writeCheckpoint(
  path: string,
  recipe: string,
  checkpoint: Checkpoint,
): Promise<void> {
  await writeSafetensors(path, checkpoint.state, { recipe, step: String(checkpoint.step) });
}

/**
 * The checkpoint at `path`, or null where the run has none yet.
 * @throws V2LError RESUME_MISMATCH where it belongs to another recipe, CHECKPOINT_UNREADABLE
 */
export async function readCheckpoint(path: string, recipe: string): Promise<Checkpoint | null> {
  if (!existsSync(path)) return null;
  const { weights, metadata } = await readSafetensors(path);
  if (metadata.recipe !== recipe) {
    throw new V2LError(
      "RESUME_MISMATCH",
      expected(`a checkpoint of recipe ${recipe}`, path, metadata.recipe ?? "another file"),
    );
  }
  return { step: Number(metadata.step), state: weights };
}

/** The tensors whose names begin with `prefix`, without it. */
export function withoutPrefix(weights: Weights, prefix: string): Weights {
  const entries = [...weights].filter(([name]) => name.startsWith(prefix));
  return new Map(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}
