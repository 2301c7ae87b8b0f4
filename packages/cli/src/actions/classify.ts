import { Random } from "@v2l/nn";
import {
  classify as classifyWords,
  describeExamples,
  type Example,
  readImageExamples,
  type V2L,
} from "v2l";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import type { Values } from "../command/option.js";
import type { ClassifyOptions } from "../commands/classify.js";
import { withReaders } from "../inputs/language-model.js";
import { readings } from "../inputs/readings.js";
import { choiceLine, printAnswers } from "../output/answers.js";

export async function classify(call: Call<ClassifyOptions>): Promise<void> {
  const { args, options, output, signal } = call;
  if (options.examples === undefined && options.class.length === 0) {
    throw new UsageError("Expected `--examples` or `--class` but received neither");
  }
  await withReaders(call, async ({ v2l, llm }) => {
    const examples = await drawExamples(v2l, options);
    const seen = [...new Set(examples.map(({ output: name }) => name))];
    const classes = options.class.length > 0 ? options.class : seen;
    const images = await readings(v2l, args, options, output);
    const tasks = images.map(({ words }) => ({ classes, examples, query: words }));
    const { words, ignore, repeats, bare, calibrate, protocol } = options;
    const prompts = { words, ignore, repeats, instruction: !bare, signal };
    if (protocol === "paper") {
      const results = await classifyWords(llm, tasks, { ...prompts, protocol });
      printAnswers(output, images, results, options, ({ label, text }) => label ?? `none: ${text}`);
    } else {
      const results = await classifyWords(llm, tasks, { ...prompts, calibrate });
      printAnswers(output, images, results, options, ({ choices }) => choiceLine(choices));
    }
  });
}

/** The examples of the classes that are asked for: all in their order, or `shots` of each at random. */
async function drawExamples(
  v2l: V2L,
  { examples: path, class: classes, shots, seed }: Values<ClassifyOptions>,
): Promise<Example[]> {
  if (path === undefined) return [];
  const all = (await readImageExamples(path, "label")).filter(({ output }) => {
    return classes.length === 0 || classes.includes(output);
  });
  if (shots === undefined) return describeExamples(v2l, all);
  const left = new Map<string, number>();
  const drawn = new Random(seed).shuffle(all).filter(({ output }) => {
    const count = left.get(output) ?? shots;
    left.set(output, count - 1);
    return count > 0;
  });
  return describeExamples(v2l, drawn);
}
