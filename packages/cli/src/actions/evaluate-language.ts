import * as recipes from "@v2l/train";
import type { Call } from "../command/command.js";
import type { EvaluateLanguageOptions } from "../commands/evaluate.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { NOTHING_WRITTEN, showingEvents } from "./train.js";

type LanguageCall = Call<EvaluateLanguageOptions>;

export function evaluateCaption(call: LanguageCall): Promise<void> {
  return evaluateLanguage(call, "caption", recipes.evaluateCaptions, recipes.captionsMarkdown);
}

export function evaluateVqa(call: LanguageCall): Promise<void> {
  return evaluateLanguage(call, "vqa", recipes.evaluateQuestions, recipes.questionsMarkdown);
}

type Evaluation<T> = (
  scenes: recipes.LanguageScenes,
  models: recipes.LanguageModels,
  config: recipes.LanguageConfig,
  options: recipes.EvaluationOptions,
) => Promise<T>;

async function evaluateLanguage<T extends object>(
  call: LanguageCall,
  name: string,
  evaluate: Evaluation<T>,
  markdown: (results: T) => string,
): Promise<void> {
  const { options, output, signal } = call;
  const { split, images, pool, shots, choose, words, seed, cache } = options;
  const config = { split, images, pool, shots, choose, words, seed };
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { result, sha256 } = await withUnchangedModel(source, () =>
      withUntrained(source, seed, call, (untrained) =>
        showingEvents(call, NOTHING_WRITTEN, async (onEvent) => {
          const watched = { signal, onEvent };
          const scenes = await recipes.readLanguageScenes(v2l, config, { cache, ...watched });
          return evaluate(scenes, { llm, untrained }, config, watched);
        }),
      ),
    );
    const { name: bundle, manifestSha256 } = v2l.manifest;
    const value = {
      evaluation: name,
      config,
      versions: { v2l: packageVersion(), node: process.versions.node },
      bundle: { name: bundle, manifestSha256 },
      llm: { id: llm.info.id, vocabularyHash: llm.info.vocabularyHash, sha256 },
      ...result,
    };
    output.result(value, markdown(result));
  });
}
