import { existsSync } from "node:fs";
import { sha256OfFile } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";

export interface WithUnchangedModel<T> {
  readonly result: T;
  /** Of the model's file, in hex, before and after; null where it is not a file of this machine. */
  readonly sha256: string | null;
}

/**
 * Runs `work` and verifies that the language model is frozen: its file is the same before and after.
 * @param source where the model comes from
 * @param work gets the SHA-256 of its file
 * @throws V2LError MODEL_UNREADABLE where the file has changed
 */
export async function withUnchangedModel<T>(
  source: string,
  work: (sha256: string | null) => Promise<T>,
): Promise<WithUnchangedModel<T>> {
  const before = await digest(source);
  const result = await work(before);
  const after = await digest(source);
  if (after === before) return { result, sha256: before };
  const what = `a file that stays as it is (SHA-256 ${before})`;
  throw new V2LError("MODEL_UNREADABLE", expected(what, source, after ?? "none"));
}

async function digest(source: string): Promise<string | null> {
  return existsSync(source) ? sha256OfFile(source) : null;
}
