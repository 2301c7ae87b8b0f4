import * as recipes from "@v2l/train";
import { type EvaluationSubject, openBundle, requireDemoBundle, type V2L } from "v2l";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import type { EvaluateFewShotOptions } from "../commands/evaluate.js";
import { askedShard, conclude } from "../evaluations/conclude.js";
import { givenOf, refuse } from "../inputs/dataset.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { NOTHING_WRITTEN, STOPPED, showingEvents } from "./train.js";

type FewShotCall = Call<EvaluateFewShotOptions>;

export async function evaluateFewShot(call: FewShotCall): Promise<void> {
  checkData(call.options);
  if (call.options.observations) return observations(call);
  const { options } = call;
  const { cache, fresh, seed } = options;
  const shard = askedShard(options);
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { id, vocabularyHash } = llm.info;
    const described = subjectOf(options, v2l, "fewshot");
    const { result, sha256 } = await withUnchangedModel(source, (before) =>
      withUntrained(source, seed, call, (untrained) => {
        const identity = { ...described, llm: before ?? { id, vocabularyHash } };
        const models = { llm, untrained };
        const divided = { shard, cache, fresh, identity };
        if (options.annotations.length > 0) {
          return onSplits(call, v2l, (tasks, run) => {
            return recipes.measureFewShotTasks(v2l, models, tasks, { ...run, ...divided });
          });
        }
        return onSets(call, v2l, STOPPED, (sets, run) => {
          return recipes.measureFewShotSets(v2l, models, sets, { ...run, ...divided });
        });
      }),
    );
    await conclude(call, { ...described, llm: { id, vocabularyHash, sha256 } }, result);
  });
}

/** @throws UsageError with a shard: observations are not divided */
async function observations(call: FewShotCall): Promise<void> {
  const { options } = call;
  if (options.shard !== undefined) {
    throw new UsageError("Expected no `--shard` with `--observations` but received one");
  }
  await withReaders(call, async ({ v2l, llm, source }) => {
    const { result, sha256 } = await withUnchangedModel(source, () =>
      onSets(call, v2l, NOTHING_WRITTEN, (sets, run) => recipes.testObservations(llm, sets, run)),
    );
    const { id, vocabularyHash } = llm.info;
    const described = subjectOf(options, v2l, "fewshot-observations");
    const llmDescribed = { id, vocabularyHash, sha256 };
    await conclude(call, { ...described, llm: llmDescribed }, { observations: result });
  });
}

/** Draws the sets, or reads them from the disk, and runs `work` on them, with progress. */
function onSets<T>(
  call: FewShotCall,
  v2l: V2L,
  stopped: string,
  work: (sets: readonly recipes.FewShotSet[], options: recipes.FewShotOptions) => Promise<T>,
): Promise<T> {
  const { options, signal } = call;
  const { bundle = requireDemoBundle(), data, split, cache, images, seed } = options;
  return showingEvents(call, stopped, async (onEvent) => {
    const watched = { cache, signal, onEvent };
    const run = { ...drawing(options), signal, onEvent };
    if (data === undefined) {
      return work(await recipes.readFewShotSets(v2l, bundle, { split, images, ...watched }), run);
    }
    const reader = new recipes.ImageReader(v2l, watched);
    const localCodebook = await (await openBundle(bundle)).codebook("local");
    const files = { data, names: options.names };
    const reading = { v2l, reader, localCodebook };
    return work(await recipes.readFewShotFolder(reading, files, { images, seed }), run);
  });
}

/** The same with the episodes of official splits. */
function onSplits<T>(
  call: FewShotCall,
  v2l: V2L,
  work: (tasks: readonly recipes.FewShotTask[], options: recipes.FewShotOptions) => Promise<T>,
): Promise<T> {
  const { options, signal } = call;
  const { data = "", names, annotations, episodes, cache } = options;
  return showingEvents(call, STOPPED, async (onEvent) => {
    const reader = new recipes.ImageReader(v2l, { cache, signal, onEvent });
    const reading = { v2l, reader, localCodebook: null };
    const files = { data, names };
    const tasks = await recipes.readFewShotSplits(reading, files, annotations, episodes);
    return work(tasks, { ...drawing(options), signal, onEvent });
  });
}

function drawing(options: FewShotCall["options"]) {
  const { episodes, seed } = options;
  return { episodes, seed, setting: settingOf(options) };
}

/** @throws UsageError */
function checkData({ data, annotations, names, observations }: FewShotCall["options"]): void {
  const [first] = annotations;
  if (data === undefined) refuse({ annotations: first, names }, "data");
  if (observations && first !== undefined) {
    throw new UsageError("Expected `--observations` or `--annotations` but received both");
  }
}

function settingOf({ words, ignore, repeats, bare, protocol }: FewShotCall["options"]) {
  return { words, ignore, repeats, instruction: !bare, protocol };
}

/** What a result was made with. */
function subjectOf(
  options: FewShotCall["options"],
  { manifest }: V2L,
  evaluation: string,
): EvaluationSubject {
  const { split, episodes, images, seed, data, annotations, names } = options;
  const files = data === undefined ? {} : givenOf({ data, annotations, names });
  return {
    evaluation,
    config: { split, episodes, images, seed, ...settingOf(options), ...files },
    versions: { v2l: packageVersion(), node: process.versions.node },
    bundle: { name: manifest.name, manifestSha256: manifest.manifestSha256 },
  };
}
