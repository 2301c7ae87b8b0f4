import * as recipes from "@v2l/train";
import { requireDemoBundle, type V2L } from "v2l";
import type { Call } from "../command/command.js";
import type { EvaluateFewShotOptions } from "../commands/evaluate.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { NOTHING_WRITTEN, showingEvents } from "./train.js";

type FewShotCall = Call<EvaluateFewShotOptions>;

export async function evaluateFewShot(call: FewShotCall): Promise<void> {
  const { options, output } = call;
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { result, sha256 } = await withUnchangedModel(source, () => {
      if (options.observations) return observations(call, v2l, llm);
      return withUntrained(source, options.seed, call, (untrained) => {
        return table(call, v2l, { llm, untrained });
      });
    });
    const { id, vocabularyHash } = llm.info;
    const figures = {
      ...described(options, v2l),
      llm: { id, vocabularyHash, sha256 },
      ...result.figures,
    };
    const unchanged = sha256 === null ? [] : ["", `SHA-256 of ${id} before and after: ${sha256}`];
    output.result(figures, result.markdown, ...unchanged);
  });
}

/** What was found, for machines and for people. */
interface Found {
  readonly figures: object;
  readonly markdown: string;
}

function table(call: FewShotCall, v2l: V2L, models: recipes.LanguageModels): Promise<Found> {
  return onSets(call, v2l, async (sets, options) => {
    const rows = await recipes.evaluateDemoFewShot(v2l, models, sets, options);
    return { figures: { rows }, markdown: recipes.fewShotMarkdown(rows) };
  });
}

function observations(
  call: FewShotCall,
  v2l: V2L,
  llm: recipes.LanguageModels["llm"],
): Promise<Found> {
  return onSets(call, v2l, async (sets, options) => {
    const found = await recipes.testObservations(llm, sets, options);
    return { figures: { observations: found }, markdown: recipes.observationsMarkdown(found) };
  });
}

/** Draws the sets and runs `work` on them, with progress. */
function onSets(
  call: FewShotCall,
  v2l: V2L,
  work: (sets: readonly recipes.FewShotSet[], options: recipes.FewShotOptions) => Promise<Found>,
): Promise<Found> {
  const { options, signal } = call;
  const { bundle = requireDemoBundle(), split, cache, images, episodes, seed } = options;
  const drawing = { split, cache, images, signal };
  return showingEvents(call, NOTHING_WRITTEN, async (onEvent) => {
    const sets = await recipes.readFewShotSets(v2l, bundle, { ...drawing, onEvent });
    return work(sets, { episodes, seed, setting: settingOf(options), signal, onEvent });
  });
}

function settingOf({ words, repeats, bare, protocol }: FewShotCall["options"]) {
  return { words, repeats, instruction: !bare, protocol };
}

/** What a result was made with. */
function described(options: FewShotCall["options"], { manifest }: V2L): object {
  const { split, episodes, images, seed } = options;
  return {
    evaluation: options.observations ? "fewshot-observations" : "fewshot",
    config: { split, episodes, images, seed, ...settingOf(options) },
    versions: { v2l: packageVersion(), node: process.versions.node },
    bundle: { name: manifest.name, manifestSha256: manifest.manifestSha256 },
  };
}
