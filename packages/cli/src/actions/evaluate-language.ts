import * as recipes from "@v2l/train";
import type { V2L } from "v2l";
import type { Call } from "../command/command.js";
import type { Values } from "../command/option.js";
import type { EvaluateLanguageOptions, EvaluateVqaOptions } from "../commands/evaluate.js";
import { captionFiles, givenOf, questionFiles } from "../inputs/dataset.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { NOTHING_WRITTEN, showingEvents } from "./train.js";

/** What was found, for machines and for people. */
interface Found {
  readonly figures: object;
  readonly markdown: string;
}

/** Measures on scenes or images. */
type Measure = (
  v2l: V2L,
  models: recipes.LanguageModels,
  config: recipes.LanguageConfig,
  options: { readonly cache: string } & recipes.EvaluationOptions,
) => Promise<Found>;

export async function evaluateCaption(call: Call<EvaluateLanguageOptions>): Promise<void> {
  const files = await captionFiles(call.options, call.output);
  await evaluateLanguage(call, "caption", async (v2l, models, config, options) => {
    if (files === null) {
      const scenes = await recipes.readLanguageScenes(v2l, config, options);
      const found = await recipes.evaluateCaptions(scenes, models, config, options);
      return { figures: found, markdown: recipes.captionsMarkdown(found) };
    }
    const reader = new recipes.ImageReader(v2l, options);
    const { entries, others } = files;
    const images = await recipes.readCaptionImages(reader, entries, others, config);
    const found = await recipes.evaluateFileCaptions(images, models, config, options);
    return { figures: found, markdown: recipes.fileCaptionsMarkdown(found) };
  });
}

export async function evaluateVqa(call: Call<EvaluateVqaOptions>): Promise<void> {
  const files = await questionFiles(call.options, call.output);
  await evaluateLanguage(call, "vqa", async (v2l, models, config, options) => {
    if (files === null) {
      const scenes = await recipes.readLanguageScenes(v2l, config, options);
      const found = await recipes.evaluateQuestions(scenes, models, config, options);
      return { figures: found, markdown: recipes.questionsMarkdown(found) };
    }
    const reader = new recipes.ImageReader(v2l, options);
    const { entries, others } = files;
    const images = await recipes.readAskedImages(reader, entries, others, config);
    const found = await recipes.evaluateFileQuestions(images, models, config, options);
    return { figures: found, markdown: recipes.fileQuestionsMarkdown(found) };
  });
}

async function evaluateLanguage(
  call: Call<EvaluateLanguageOptions>,
  name: string,
  measure: Measure,
): Promise<void> {
  const { options, output, signal } = call;
  const { split, images, pool, shots, choose, words, seed, cache } = options;
  const config = { split, images, pool, shots, choose, words, seed };
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { result, sha256 } = await withUnchangedModel(source, () =>
      withUntrained(source, seed, call, (untrained) =>
        showingEvents(call, NOTHING_WRITTEN, (onEvent) => {
          return measure(v2l, { llm, untrained }, config, { cache, signal, onEvent });
        }),
      ),
    );
    const { name: bundle, manifestSha256 } = v2l.manifest;
    const value = {
      evaluation: name,
      config: { ...config, ...dataOf(options) },
      versions: { v2l: packageVersion(), node: process.versions.node },
      bundle: { name: bundle, manifestSha256 },
      llm: { id: llm.info.id, vocabularyHash: llm.info.vocabularyHash, sha256 },
      ...result.figures,
    };
    output.result(value, result.markdown);
  });
}

/** The options that name images of the disk, as far as they are given. */
function dataOf(options: Values<EvaluateLanguageOptions>): object {
  const { data, annotations, poolData, poolAnnotations } = options;
  const { questions, poolQuestions } = options as Partial<Values<EvaluateVqaOptions>>;
  return givenOf({ data, annotations, questions, poolData, poolAnnotations, poolQuestions });
}
