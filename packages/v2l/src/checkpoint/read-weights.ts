import type { Weights } from "@v2l/nn";
import { readCheckpoint } from "./read-checkpoint.js";
import { readSafetensors } from "./safetensors.js";

/**
 * The tensors of a weights file: safetensors where the name ends so, else a PyTorch checkpoint. Nothing
 * in the file is executed.
 * @param options.select reads only the tensors whose name passes
 * @throws V2LError FILE_NOT_FOUND, CHECKPOINT_UNSAFE, CHECKPOINT_UNREADABLE
 */
export async function readWeights(
  path: string,
  options: { readonly select?: (name: string) => boolean } = {},
): Promise<Weights> {
  const read = path.endsWith(".safetensors") ? readSafetensors : readCheckpoint;
  return (await read(path, options)).weights;
}
