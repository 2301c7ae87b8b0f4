import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RunFolder, savedConfig } from "../run/folder.js";
import type { LlmTrainConfig } from "./config.js";

/** What a run of `trainLlm` was and came to. */
export interface LlmRecord {
  readonly config: LlmTrainConfig;
  readonly steps: number;
  /** Tokens read, padding included. */
  readonly tokens: number;
  /** The last figures on held-out text; see `trainLlm`'s log. */
  readonly heldOut: Readonly<Record<string, number>>;
  /** The run whose weights it began with; null: none, or it is not there any more. */
  readonly before: LlmRecord | null;
}

/** Reads the log of a run. @throws V2LError FILE_NOT_FOUND where there is no run */
export async function llmRecord(run: string): Promise<LlmRecord> {
  const config = savedConfig<LlmTrainConfig>(run);
  const log = await readFile(join(run, RunFolder.LOG), "utf8");
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
  const measured = lines.findLast((line) => "perplexity" in line) ?? {};
  const heldOut = Object.entries(measured).filter(([name]) =>
    /^(perplexity|accuracy\.)/.test(name),
  );
  return {
    config,
    steps: lines.length,
    tokens: lines.reduce((sum, { tokens = 0 }) => sum + tokens, 0),
    heldOut: Object.fromEntries(heldOut),
    before: await recordBefore(config),
  };
}

async function recordBefore({ init }: LlmTrainConfig): Promise<LlmRecord | null> {
  const run = init === null ? null : dirname(init);
  return run !== null && existsSync(join(run, RunFolder.LOG)) ? llmRecord(run) : null;
}
