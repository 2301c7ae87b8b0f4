import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LanguageModel, writeRandomWeights } from "@v2l/llm";
import { V2LError } from "@v2l/nn";
import { atomicWrite } from "v2l";
import { type ModelCall, withLanguageModel } from "./language-model.js";

/** Largest file of which a copy with random weights is made. */
const MOST_BYTES = 2 ** 31;

/**
 * Runs `work` with a model like that in `source` but of random weights, or with null where there can be
 * none, which is noted.
 */
export async function withUntrained<T>(
  source: string,
  seed: number,
  call: ModelCall,
  work: (untrained: LanguageModel | null) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "v2l-"));
  try {
    const path = join(folder, "random-weights.gguf");
    const reason = await writeUntrained(source, path, seed);
    if (reason === null) return await withLanguageModel(path, call, work);
    call.output.note(`No control with random weights: ${reason}`);
    return await work(null);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes the copy. Returns why it cannot be made, or null. */
async function writeUntrained(source: string, path: string, seed: number): Promise<string | null> {
  if (!(await isFile(source))) return "the model is not a file of this machine";
  if ((await stat(source)).size > MOST_BYTES) return "the model is too large to copy";
  try {
    await atomicWrite(path, (file) => writeRandomWeights(file, source, seed));
    return null;
  } catch (error) {
    if (error instanceof V2LError && error.code === "UNSUPPORTED") return error.message;
    throw error;
  }
}

async function isFile(source: string): Promise<boolean> {
  return stat(source).then(
    (info) => info.isFile(),
    () => false,
  );
}
