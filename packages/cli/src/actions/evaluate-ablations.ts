import { join } from "node:path";
import * as recipes from "@v2l/train";
import { type EvaluationSubject, requireDemoBundle } from "v2l";
import type { Call } from "../command/command.js";
import type { AblationOptions } from "../commands/evaluate.js";
import type { AblationPart } from "../evaluations/ablations.js";
import { conclude } from "../evaluations/conclude.js";
import { type Readers, withReaders } from "../inputs/language-model.js";
import { withUnchangedModel } from "../inputs/unchanged-model.js";
import { STOPPED, showingEvents } from "./train.js";

/** Words of each image that the language model reads where a way to ask says nothing else. */
const WORDS = 5;
/** Images of each class, in each style. */
const IMAGES = 8;

export async function evaluateAblations(call: Call<AblationOptions>): Promise<void> {
  await withReaders(call, async (readers) => {
    const { v2l, llm, source } = readers;
    const arms = await train(call);
    const { result, sha256 } = await withUnchangedModel(source, () => ask(call, readers));
    const part: AblationPart = { arms, observations: result };
    const { pictures, steps, scenes, episodes, only, split, seed } = call.options;
    const config = { pictures, steps, scenes, episodes, only, split, seed };
    const { name, manifestSha256 } = v2l.manifest;
    const described: EvaluationSubject = {
      evaluation: "ablations",
      config,
      versions: recipes.versions(),
      bundle: { name, manifestSha256 },
      llm: { id: llm.info.id, vocabularyHash: llm.info.vocabularyHash, sha256 },
    };
    await conclude(call, described, part);
  });
}

function train(call: Call<AblationOptions>): Promise<recipes.ArmResult[]> {
  const { bundle = requireDemoBundle(), cache, threads = 1, ...options } = call.options;
  const { pictures, steps, scenes, seed, split, only } = options;
  const { dir = join(cache, "ablations") } = options;
  const config = { foundation: bundle, cache, pictures, steps, scenes, seed, split, only, threads };
  return showingEvents(call, STOPPED, (onEvent) => {
    return recipes.ablateTokenizer(config, { dir, signal: call.signal, onEvent });
  });
}

async function ask(
  call: Call<AblationOptions>,
  { v2l, llm }: Readers,
): Promise<recipes.Observation[]> {
  const { options, signal } = call;
  const { bundle = requireDemoBundle(), cache, split, episodes, seed } = options;
  if (episodes === 0) return [];
  const setting = {
    words: WORDS,
    ignore: [],
    repeats: 0,
    instruction: true,
    protocol: "likelihood",
  } as const;
  return showingEvents(call, STOPPED, async (onEvent) => {
    const reading = { split, images: IMAGES, cache, signal, onEvent };
    const sets = await recipes.readFewShotSets(v2l, bundle, reading);
    return recipes.testObservations(llm, sets, { episodes, seed, setting, signal, onEvent });
  });
}
