import * as recipes from "@v2l/train";
import { type EvaluationSubject, requireDemoBundle, tableMarkdown, type V2L } from "v2l";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import type { EvaluateFewShotOptions } from "../commands/evaluate.js";
import { askedShard, conclude } from "../evaluations/conclude.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { NOTHING_WRITTEN, STOPPED, showingEvents } from "./train.js";

type FewShotCall = Call<EvaluateFewShotOptions>;

export async function evaluateFewShot(call: FewShotCall): Promise<void> {
  if (call.options.observations) return observations(call);
  const { options, output } = call;
  const { cache, fresh, seed } = options;
  const shard = askedShard(options);
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { id, vocabularyHash } = llm.info;
    const described = subjectOf(options, v2l, "fewshot");
    const { result, sha256 } = await withUnchangedModel(source, (before) =>
      withUntrained(source, seed, call, (untrained) => {
        const identity = { ...described, llm: before ?? { id, vocabularyHash } };
        return onSets(call, v2l, STOPPED, (sets, run) =>
          recipes.measureDemoFewShot(v2l, { llm, untrained }, sets, {
            ...run,
            shard,
            cache,
            fresh,
            identity,
          }),
        );
      }),
    );
    await conclude(output, options, { ...described, llm: { id, vocabularyHash, sha256 } }, result);
  });
}

/** @throws UsageError with options of the table: observations are neither divided nor reported */
async function observations(call: FewShotCall): Promise<void> {
  const { options, output } = call;
  if (options.shard !== undefined || options.out !== undefined) {
    const message = "Expected no `--shard` and no `--out` with `--observations` but received one";
    throw new UsageError(message);
  }
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { result, sha256 } = await withUnchangedModel(source, () =>
      onSets(call, v2l, NOTHING_WRITTEN, (sets, run) => recipes.testObservations(llm, sets, run)),
    );
    const { id, vocabularyHash } = llm.info;
    const value = {
      ...subjectOf(options, v2l, "fewshot-observations"),
      llm: { id, vocabularyHash, sha256 },
      observations: result,
    };
    const unchanged = sha256 === null ? [] : ["", `SHA-256 of ${id} before and after: ${sha256}`];
    output.result(value, tableMarkdown(recipes.observationsTable(result)), ...unchanged);
  });
}

/** Draws the sets and runs `work` on them, with progress. */
function onSets<T>(
  call: FewShotCall,
  v2l: V2L,
  stopped: string,
  work: (sets: readonly recipes.FewShotSet[], options: recipes.FewShotOptions) => Promise<T>,
): Promise<T> {
  const { options, signal } = call;
  const { bundle = requireDemoBundle(), split, cache, images, episodes, seed } = options;
  const drawing = { split, cache, images, signal };
  return showingEvents(call, stopped, async (onEvent) => {
    const sets = await recipes.readFewShotSets(v2l, bundle, { ...drawing, onEvent });
    return work(sets, { episodes, seed, setting: settingOf(options), signal, onEvent });
  });
}

function settingOf({ words, repeats, bare, protocol }: FewShotCall["options"]) {
  return { words, repeats, instruction: !bare, protocol };
}

/** What a result was made with. */
function subjectOf(
  options: FewShotCall["options"],
  { manifest }: V2L,
  evaluation: string,
): EvaluationSubject {
  const { split, episodes, images, seed } = options;
  return {
    evaluation,
    config: { split, episodes, images, seed, ...settingOf(options) },
    versions: { v2l: packageVersion(), node: process.versions.node },
    bundle: { name: manifest.name, manifestSha256: manifest.manifestSha256 },
  };
}
