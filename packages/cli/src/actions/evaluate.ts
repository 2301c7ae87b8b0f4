import * as recipes from "@v2l/train";
import { requireDemoBundle } from "v2l";
import type { Call } from "../command/command.js";
import type { EvaluateDemoOptions } from "../commands/evaluate.js";
import { NOTHING_WRITTEN, showingEvents } from "./train.js";

export async function evaluateDemo(call: Call<EvaluateDemoOptions>): Promise<void> {
  const { options, output, signal } = call;
  const { bundle = requireDemoBundle(), images, cache } = options;
  const results = await showingEvents(call, NOTHING_WRITTEN, (onEvent) =>
    recipes.evaluateDemo(bundle, { images, cache, signal, onEvent }),
  );
  output.result(results, recipes.reportMarkdown(results).trimEnd());
}
