import { Random } from "@v2l/nn";
import {
  describeExamples,
  type Example,
  type ExampleKind,
  nearestExamples,
  type PromptInput,
  readImageExamples,
  type V2L,
} from "v2l";
import type { Values } from "../command/option.js";
import type { WRITING } from "../command/shared-options.js";

/** Reads the examples that the options name, if any, and returns how to choose those for a query. */
export async function shownExamples(
  v2l: V2L,
  kind: Exclude<ExampleKind, "label">,
  { examples: path, choose, shots, seed, places, video }: Values<typeof WRITING>,
): Promise<(query: PromptInput) => readonly Example[]> {
  if (path === undefined || shots === 0) return () => [];
  const all = await readImageExamples(path, kind);
  const read = { places: video ? 0 : places };
  if (choose === "similar") {
    const examples = await describeExamples(v2l, all, read);
    return (query) => nearestExamples(examples, query, shots);
  }
  const order = choose === "random" ? new Random(seed).shuffle([...all]) : all;
  const examples = await describeExamples(v2l, order.slice(0, shots), read);
  return () => examples;
}
