import * as recipes from "@v2l/train";
import {
  type EvaluatedImages,
  type EvaluationSubject,
  folderSet,
  type ImageRunOptions,
  measureCodebook,
  measureReconstruction,
  openBundle,
  requireDemoBundle,
  type V2L,
} from "v2l";
import type { Call } from "../command/command.js";
import type {
  EvaluateCodebookOptions,
  EvaluateReconstructionOptions,
} from "../commands/evaluate-images.js";
import { askedShard, conclude } from "../evaluations/conclude.js";
import { withBundle } from "../inputs/bundle.js";
import { withPerception } from "../inputs/perception.js";
import { packageVersion } from "../run.js";
import { STOPPED, showingEvents } from "./train.js";

type ImagesCall = Call<EvaluateCodebookOptions>;

export function evaluateReconstruction(call: Call<EvaluateReconstructionOptions>): Promise<void> {
  return withPerception(call.options, (perception, measured) =>
    onImages(call, "reconstruction", "painted", measured, (v2l, sets, options) =>
      measureReconstruction(v2l, sets, perception, options),
    ),
  );
}

export function evaluateCodebook(call: ImagesCall): Promise<void> {
  return onImages(call, "codebook", "all", {}, async (v2l, sets, options) => {
    const bundle = await openBundle(call.options.bundle ?? requireDemoBundle());
    const [local, global] = [await bundle.codebook("local"), await bundle.codebook("global")];
    const entries = { local: local.vocabulary, global: global.vocabulary };
    return measureCodebook(v2l, entries, sets, options);
  });
}

/** Measures a bundle on the images that the call names, or its shard of them, and says what was found. */
async function onImages(
  call: ImagesCall,
  evaluation: string,
  which: "all" | "painted",
  measured: object,
  measure: (
    v2l: V2L,
    sets: readonly EvaluatedImages[],
    options: ImageRunOptions,
  ) => Promise<unknown>,
): Promise<void> {
  const { options, signal } = call;
  const { cache, fresh } = options;
  const shard = askedShard(options);
  await withBundle(options, async (v2l) => {
    const { sets, dispose } = await openSets(call, which);
    try {
      const subject = { ...described(call, evaluation, v2l, sets), ...measured };
      const part = await showingEvents(call, STOPPED, (onEvent) => {
        const onProgress = (what: string, done: number, total: number) =>
          onEvent({ type: "prepare", what, done, total });
        const run = { shard, cache, fresh, identity: subject, signal, onProgress };
        return measure(v2l, sets, run);
      });
      await conclude(call, subject, part);
    } finally {
      dispose();
    }
  });
}

/** The images of a folder, or held-out scenes of the demo world. */
async function openSets(
  { args, options }: ImagesCall,
  which: "all" | "painted",
): Promise<recipes.WorldImages> {
  const { images, list, split, cache } = options;
  const [folder] = args;
  if (folder === undefined) {
    return recipes.openWorldImages(which, { images: images ?? 1000, split, cache });
  }
  const set = await folderSet(folder, {
    ...(list === undefined ? {} : { list }),
    ...(images === undefined ? {} : { count: images }),
  });
  return { sets: [set], dispose: () => {} };
}

/** What a result was made with. */
function described(
  { args, options }: ImagesCall,
  evaluation: string,
  { manifest }: V2L,
  sets: readonly EvaluatedImages[],
): EvaluationSubject {
  const { split, device } = options;
  return {
    evaluation,
    config: { images: args.length === 0 ? "demo world" : "folder", split, device },
    versions: { v2l: packageVersion(), node: process.versions.node },
    bundle: { name: manifest.name, manifestSha256: manifest.manifestSha256 },
    sets: sets.map(({ name, id, length }) => ({ name, id, length })),
  };
}
