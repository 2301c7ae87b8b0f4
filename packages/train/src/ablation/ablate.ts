import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setThreads } from "@v2l/torch";
import {
  atomicWriteFile,
  type Foundation,
  type Mean,
  meanOf,
  openFoundation,
  readSafetensors,
  type TokenUsage,
} from "v2l";
import { WorldDataset } from "../data/world.js";
import type { Partially } from "../run/config.js";
import type { TrainOptions } from "../run/events.js";
import { type TokenizerTrainConfig, tokenizerConfig } from "../tokenizer/config.js";
import { localCodebook, TOKENIZER_WEIGHTS, trainTokenizer } from "../tokenizer/train.js";
import { type AblationConfig, BASE, chosenArms, smallRecipe, tokenizerArms } from "./arms.js";
import { type ArmScores, measureArm } from "./measure-arm.js";

export interface TokenizerAblationConfig extends AblationConfig {
  /** Held-out scenes that every arm takes apart and puts together. */
  readonly scenes: number;
  readonly split: "test" | "validation";
  /** Names of the arms; none: all. */
  readonly only: readonly string[];
}

/** A mean over scenes, and how far it is from the base on the same scenes. */
export interface Compared extends Mean {
  /** Null for the base itself. */
  readonly difference: Mean | null;
}

/** What became of one arm. */
export interface ArmResult {
  readonly arm: string;
  /** What it changes of the small recipe. */
  readonly fields: Partially<TokenizerTrainConfig>;
  /** On Y, decibel. */
  readonly psnr: Compared;
  readonly ssim: Compared;
  /** See {@link ArmScores.clip}. */
  readonly clip: Compared;
  readonly usage: TokenUsage;
}

const SCORES = "scores.json";

/**
 * Trains a small tokenizer for each arm and measures it on the same held-out scenes. Each arm has a folder
 * below `dir` with its run; a stopped ablation goes on where it was.
 * @returns the base first
 * @throws V2LError INVALID_ARGUMENT, RESUME_MISMATCH where `dir` holds arms of another configuration;
 *   TorchError where libtorch is missing; the signal's reason
 */
export async function ablateTokenizer(
  config: TokenizerAblationConfig,
  { dir, signal, onEvent }: Omit<TrainOptions, "resume">,
): Promise<ArmResult[]> {
  const foundation = await openFoundation(config.foundation);
  const base = smallRecipe(config, foundation.local.embedding.shape[1] as number);
  const arms = chosenArms(tokenizerArms(config.seed), config.only);
  const results: ArmResult[] = [];
  let baseScores: ArmScores | null = null;
  for (const { name, fields } of arms) {
    const full = { ...base, ...fields } as Partially<TokenizerTrainConfig>;
    const run = join(dir, name.replaceAll(" ", "-"));
    const resume = existsSync(join(run, "config.json"));
    await trainTokenizer(full, {
      dir: run,
      resume,
      ...(signal && { signal }),
      ...(onEvent && { onEvent }),
    });
    signal?.throwIfAborted();
    const scores = await scoresOf(run, tokenizerConfig(full), config, foundation);
    baseScores ??= scores;
    results.push(resultOf(name, fields, scores, name === BASE ? null : baseScores));
  }
  return results;
}

/** Measured once, then kept beside the run. */
async function scoresOf(
  run: string,
  training: TokenizerTrainConfig,
  { scenes: count, split, cache }: TokenizerAblationConfig,
  foundation: Foundation,
): Promise<ArmScores> {
  const path = join(run, `${split}-${count}-${SCORES}`);
  if (existsSync(path)) return JSON.parse(await readFile(path, "utf8")) as ArmScores;
  setThreads(training.threads);
  const { objects } = training.data;
  const scenes = await WorldDataset.open({ count, objects, split, cache });
  const { weights } = await readSafetensors(join(run, TOKENIZER_WEIGHTS));
  const codebook = localCodebook(training, foundation);
  const scores = await measureArm(training, weights, foundation, codebook, scenes);
  await atomicWriteFile(path, `${JSON.stringify(scores)}\n`);
  return scores;
}

function resultOf(
  arm: string,
  fields: ArmResult["fields"],
  scores: ArmScores,
  base: ArmScores | null,
): ArmResult {
  const compared = (name: "psnr" | "ssim" | "clip"): Compared => {
    const values = scores[name];
    const other = base?.[name];
    return {
      ...meanOf(values),
      difference: other ? meanOf(values.map((value, i) => value - (other[i] as number))) : null,
    };
  };
  const [psnr, ssim, clip] = [compared("psnr"), compared("ssim"), compared("clip")];
  return { arm, fields, psnr, ssim, clip, usage: scores.usage };
}
