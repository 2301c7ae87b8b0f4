import { basename, resolve } from "node:path";
import * as recipes from "@v2l/train";
import type { Call } from "../command/command.js";
import { InterruptedError } from "../command/errors.js";
import { interruptible } from "../command/interruptible.js";
import type { Options } from "../command/option.js";
import type { BundleOptions, CodebookOptions, GgufOptions, RunOptions } from "../commands/train.js";
import { recipeFields } from "../inputs/recipe.js";
import { elapsed, TrainView } from "../output/train-events.js";

/** Said of work that keeps nothing when it is stopped. */
export const NOTHING_WRITTEN = "Stopped before the end. Nothing was written";
export const STOPPED = "Stopped before the end. The same command goes on from here";

type Recipe = (fields: object, options: recipes.TrainOptions) => Promise<number>;

export function trainClip(call: Call<RunOptions>): Promise<void> {
  return runRecipe(recipes.trainClip, call);
}

export function trainTokenizer(call: Call<RunOptions>): Promise<void> {
  return runRecipe(recipes.trainTokenizer, call);
}

export function trainLlm(call: Call<RunOptions>): Promise<void> {
  return runRecipe(recipes.trainLlm, call);
}

export async function exportGguf({ args, options, output }: Call<GgufOptions>): Promise<void> {
  const [run = ""] = args;
  const { out, type } = options;
  const name = options.name ?? basename(out, ".gguf");
  const step = await recipes.exportGguf(out, run, { name, type });
  output.result({ file: out, type, step }, `wrote ${out}: step ${step}, ${type}`);
}

async function runRecipe(recipe: Recipe, call: Call<RunOptions>): Promise<void> {
  const { options, output, signal } = call;
  const { dir, resume } = options;
  const begun = performance.now();
  const steps = await showingEvents(call, NOTHING_WRITTEN, async (onEvent) => {
    const fields = await recipeFields(options.config, options.set);
    const saved = resume && options.config === undefined ? recipes.savedConfig<object>(dir) : {};
    return recipe(merged(saved, fields), { dir, resume, signal, onEvent });
  });
  if (signal.aborted) {
    throw new InterruptedError(`Stopped after step ${steps} of ${dir}. Go on with --resume`);
  }
  output.result({ dir, steps }, `${dir}: ${steps} steps in ${elapsed(begun)}`);
}

export async function buildDemoCodebooks(call: Call<CodebookOptions>): Promise<void> {
  const { options, output, signal } = call;
  const { dir } = options;
  const message = `Stopped. The same command goes on in ${dir}`;
  const summary = await showingEvents(call, message, async (onEvent) => {
    const fields = await recipeFields(options.config, options.set);
    return recipes.buildDemoCodebooks(fields, { dir, signal, onEvent });
  });
  const { localEntries, globalEntries, candidates } = summary;
  output.result(
    { dir, ...summary },
    `${dir}: ${localEntries} local words, ${globalEntries} global words of ${candidates}`,
  );
}

export async function exportBundle({ args, options, output }: Call<BundleOptions>): Promise<void> {
  const [run = ""] = args;
  const { out, foundation, vision, llm, attribute, results, discriminator, overwrite } = options;
  const manifest = await recipes.exportBundle(out, {
    name: options.name ?? basename(resolve(out)),
    run,
    discriminator,
    overwrite,
    ...(foundation === undefined ? {} : { foundation }),
    ...(vision === undefined ? {} : { vision }),
    ...(attribute.length === 0 ? {} : { attributes: attribute }),
    ...(llm === undefined ? {} : { llm }),
    ...(results === undefined ? {} : { results }),
  });
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  output.result({ bundle: out, manifest }, `wrote ${out}: ${(bytes / 1e6).toFixed(1)} MB`);
}

/** Shows the events of `work` and awaits it as {@link interruptible} does. */
export async function showingEvents<T>(
  { output, signal }: Pick<Call<Options>, "output" | "signal">,
  message: string,
  work: (onEvent: (event: recipes.TrainEvent) => void) => Promise<T>,
): Promise<T> {
  const view = new TrainView(output);
  try {
    return await interruptible(signal, message, () => work(view.show));
  } finally {
    view.end();
  }
}

/** `fields` over `saved`, at every depth. */
function merged(saved: object, fields: object): object {
  const both = Object.entries(fields).map(([key, value]) => {
    const before = (saved as Record<string, unknown>)[key];
    return [key, isObject(before) && isObject(value) ? merged(before, value) : value];
  });
  return { ...saved, ...Object.fromEntries(both) };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
