import * as recipes from "@v2l/train";
import { openBundle, requireDemoBundle } from "v2l";
import type { Call } from "../command/command.js";
import type { EvaluateDemoOptions } from "../commands/evaluate.js";
import { conclude } from "../evaluations/conclude.js";
import { packageVersion } from "../run.js";
import { NOTHING_WRITTEN, showingEvents } from "./train.js";

export async function evaluateDemo(call: Call<EvaluateDemoOptions>): Promise<void> {
  const { options, signal } = call;
  const { bundle = requireDemoBundle(), images, cache } = options;
  const { name, manifestSha256 } = (await openBundle(bundle)).manifest;
  const sets = await showingEvents(call, NOTHING_WRITTEN, (onEvent) =>
    recipes.evaluateDemo(bundle, { images, cache, signal, onEvent }),
  );
  const described = {
    evaluation: "demo",
    config: { images },
    versions: { v2l: packageVersion(), node: process.versions.node },
    bundle: { name, manifestSha256 },
  };
  await conclude(call, described, { sets });
}
