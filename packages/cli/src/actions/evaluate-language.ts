import * as recipes from "@v2l/train";
import type { Shard, V2L } from "v2l";
import type { Call } from "../command/command.js";
import type { Values } from "../command/option.js";
import type { EvaluateLanguageOptions, EvaluateVqaOptions } from "../commands/evaluate.js";
import { askedShard, conclude } from "../evaluations/conclude.js";
import { captionFiles, givenOf, questionFiles } from "../inputs/dataset.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { STOPPED, showingEvents } from "./train.js";

/** Measures a shard of scenes or images. */
type Measure = (
  v2l: V2L,
  models: recipes.LanguageModels,
  config: recipes.LanguageConfig,
  run: recipes.WritingRun,
) => Promise<unknown>;

export async function evaluateCaption(call: Call<EvaluateLanguageOptions>): Promise<void> {
  const shard = askedShard(call.options);
  const files = await captionFiles(call.options, call.output);
  await evaluateLanguage(call, "caption", shard, async (v2l, models, config, run) => {
    if (files === null) {
      const scenes = await recipes.readLanguageScenes(v2l, config, run);
      return recipes.measureCaptions(scenes, models, config, run);
    }
    const reader = new recipes.ImageReader(v2l, run, config.places);
    const { entries, others } = files;
    const images = await recipes.readCaptionImages(reader, entries, others, config);
    return recipes.measureFileCaptions(images, models, config, run);
  });
}

export async function evaluateVqa(call: Call<EvaluateVqaOptions>): Promise<void> {
  const shard = askedShard(call.options);
  const files = await questionFiles(call.options, call.output);
  await evaluateLanguage(call, "vqa", shard, async (v2l, models, config, run) => {
    if (files === null) {
      const scenes = await recipes.readLanguageScenes(v2l, config, run);
      return recipes.measureQuestions(scenes, models, config, run);
    }
    const reader = new recipes.ImageReader(v2l, run, config.places);
    const { entries, others } = files;
    const images = await recipes.readAskedImages(reader, entries, others, config);
    return recipes.measureFileQuestions(images, models, config, run);
  });
}

async function evaluateLanguage(
  call: Call<EvaluateLanguageOptions>,
  evaluation: string,
  shard: Shard,
  measure: Measure,
): Promise<void> {
  const { options, signal } = call;
  const { split, images, pool, shots, choose, words, ignore, places, seed, cache, fresh } = options;
  const config = { split, images, pool, shots, choose, words, ignore, places, seed };
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { name, manifestSha256 } = v2l.manifest;
    const { id, vocabularyHash } = llm.info;
    const described = {
      evaluation,
      config: { ...config, ...dataOf(options) },
      versions: { v2l: packageVersion(), node: process.versions.node },
      bundle: { name, manifestSha256 },
    };
    const { result, sha256 } = await withUnchangedModel(source, (before) =>
      withUntrained(source, seed, call, (untrained) =>
        showingEvents(call, STOPPED, (onEvent) => {
          const identity = { ...described, llm: before ?? { id, vocabularyHash } };
          const run = { shard, cache, fresh, identity, signal, onEvent };
          return measure(v2l, { llm, untrained }, config, run);
        }),
      ),
    );
    await conclude(call, { ...described, llm: { id, vocabularyHash, sha256 } }, result);
  });
}

/** The options that name images of the disk, as far as they are given. */
function dataOf(options: Values<EvaluateLanguageOptions>): object {
  const { data, annotations, poolData, poolAnnotations } = options;
  const { questions, poolQuestions } = options as Partial<Values<EvaluateVqaOptions>>;
  return givenOf({ data, annotations, questions, poolData, poolAnnotations, poolQuestions });
}
