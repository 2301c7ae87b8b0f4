import * as recipes from "@v2l/train";
import { DEFAULT_SHIFT, RESTORATION_PROTOCOLS, RESTORATION_TASKS, type V2L } from "v2l";
import type { Call } from "../command/command.js";
import type { EvaluateRestorationOptions } from "../commands/evaluate.js";
import { askedShard, conclude } from "../evaluations/conclude.js";
import { blindOptions } from "../inputs/blind-options.js";
import { givenOf, refuse } from "../inputs/dataset.js";
import { withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { withUntrained } from "../inputs/untrained-model.js";
import { packageVersion } from "../run.js";
import { STOPPED, showingEvents } from "./train.js";

type RestorationCall = Call<EvaluateRestorationOptions>;

export async function evaluateRestoration(call: RestorationCall): Promise<void> {
  const { options, output, signal } = call;
  const { cache, fresh, seed, data, poolData, images } = options;
  const shard = askedShard(options);
  const config = configOf(options);
  if (data === undefined) refuse({ poolData }, "data");
  const pictures =
    data === undefined
      ? recipes.worldPictures(config.split)
      : await recipes.folderPictures({ data, pool: poolData, images, seed });
  await withReaders(call, async ({ v2l, llm, source }) => {
    await v2l.checkLanguageModel(llm);
    const { id, vocabularyHash } = llm.info;
    const versions = { v2l: packageVersion(), node: process.versions.node };
    const { result, sha256 } = await withUnchangedModel(source, (before) =>
      withUntrained(source, seed, call, (untrained) =>
        showingEvents(call, STOPPED, (onEvent) => {
          const identity = {
            bundle: bundleOf(v2l),
            llm: before ?? { id, vocabularyHash },
            versions,
          };
          const watched = { cache, fresh, identity, signal, onEvent };
          const run = { ...watched, ...(options.shard !== undefined && { shard }) };
          const models = { llm, untrained };
          return recipes.measureRestorations(v2l, models, config, run, pictures);
        }),
      ),
    );
    output.note(`figures of every scene: ${result.journal}`);
    const subject = {
      evaluation: "restore",
      config: { ...config, ...givenOf({ data, poolData }) },
      versions,
      bundle: bundleOf(v2l),
      llm: { id, vocabularyHash, sha256 },
    };
    await conclude(call, subject, result.entries);
  });
}

function configOf(options: RestorationCall["options"]): recipes.RestorationConfig {
  const { task, protocol, images, randomImages, references, split, seed } = options;
  return {
    tasks: task === "all" ? RESTORATION_TASKS : [task],
    protocols: protocol === "both" ? RESTORATION_PROTOCOLS : [protocol],
    images,
    randomImages,
    split,
    references,
    blind: blindOptions(options),
    shift: DEFAULT_SHIFT,
    seed,
  };
}

function bundleOf({ manifest }: V2L) {
  return { name: manifest.name, manifestSha256: manifest.manifestSha256 };
}
