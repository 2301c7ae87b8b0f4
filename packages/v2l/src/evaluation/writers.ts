import type { CallOptions, LanguageModel } from "@v2l/llm";
import { Random } from "@v2l/nn";
import {
  answer,
  type CompletionOptions,
  caption,
  chooseAnswer,
  type Example,
  exampleFinder,
  type PromptInput,
  type PromptOptions,
  type QuestionTask,
} from "../tasks/index.js";

/** Something that writes captions or answers: a language model, or a control without one. */
export type Writer<T extends PromptInput = PromptInput> = (
  inputs: readonly T[],
  options?: CallOptions,
) => Promise<string[]>;

/** The examples of the prompt about an input, in the order of the prompt. */
export type ExampleChooser = (input: PromptInput) => readonly Example[];

export interface ExampleChoice {
  /** Those most like the input, see `nearestExamples`, or the same random ones for all inputs. */
  readonly choose: "similar" | "random";
  readonly count: number;
  /** For the random ones. */
  readonly seed: number;
}

/** @param pool examples to choose from. Inputs must not be among them. */
export function exampleChooser(
  pool: readonly Example[],
  { choose, count, seed }: ExampleChoice,
): ExampleChooser {
  if (choose === "random") {
    const fixed = new Random(seed).shuffle([...pool]).slice(0, count);
    return () => fixed;
  }
  const find = exampleFinder(pool);
  return (input) => find(input, count);
}

/** The language model writes captions in its own words, greedily. */
export function captionByModel(
  llm: LanguageModel,
  choose: ExampleChooser,
  prompt: PromptOptions & Pick<CompletionOptions, "maxTokens"> = {},
): Writer {
  return (inputs, options) =>
    forDistinct(inputs, async (distinct) => {
      const tasks = distinct.map((input) => ({ examples: choose(input), ...readingOf(input) }));
      const written = await caption(llm, tasks, { ...prompt, ...options });
      return written.map(({ text }) => text);
    });
}

/** An image with a question about it. */
export interface QuestionInput extends PromptInput {
  readonly question: string;
}

/** The language model answers in its own words, greedily. */
export function answerByModel(
  llm: LanguageModel,
  choose: ExampleChooser,
  prompt: PromptOptions & Pick<CompletionOptions, "maxTokens"> = {},
): Writer<QuestionInput> {
  return (inputs, options) =>
    forDistinct(inputs, async (distinct) => {
      const tasks = distinct.map((input) => questionTask(input, choose));
      const written = await answer(llm, tasks, { ...prompt, ...options });
      return written.map(({ text }) => text);
    });
}

/**
 * The language model chooses answers from lists.
 * @param answersTo the list for a question; at least one answer, all different
 */
export function chooseByModel<T extends QuestionInput>(
  llm: LanguageModel,
  choose: ExampleChooser,
  answersTo: (input: T) => readonly string[],
  prompt: PromptOptions = {},
): Writer<T> {
  return (inputs, options) =>
    forDistinct(inputs, async (distinct) => {
      const tasks = distinct.map((input) => {
        return { ...questionTask(input, choose), answers: answersTo(input) };
      });
      const chosen = await chooseAnswer(llm, tasks, { ...prompt, ...options });
      return chosen.map(({ text }) => text);
    });
}

/** No language model: the output of the most similar example is copied. */
export function copyNearest(pool: readonly Example[]): Writer {
  const find = exampleFinder(pool);
  return async (inputs) => inputs.map((input) => find(input, 1)[0]?.output ?? "");
}

/** No language model: the first `count` words of the image and those of its parts, as a list. */
export function listWords(count: number): Writer {
  return async (inputs) => {
    return inputs.map(({ words, places = [] }) => [...words.slice(0, count), ...places].join(", "));
  };
}

/**
 * No image and no language model: always the most frequent output, of equally frequent ones the one that
 * came first; of all outputs for a kind that the pool does not have.
 * @param kindOf what inputs and examples must have in common to be counted together
 */
export function mostFrequent<T extends PromptInput>(
  pool: readonly (T & Example)[],
  kindOf: (input: T) => string,
): Writer<T> {
  return async (inputs) => {
    const best = new Map<string, string>();
    for (const kind of new Set(inputs.map(kindOf))) {
      const same = pool.filter((example) => kindOf(example) === kind);
      best.set(kind, countOutputs(same.length > 0 ? same : pool)[0]?.output ?? "");
    }
    return inputs.map((input) => best.get(kindOf(input)) as string);
  };
}

/** The different outputs of examples with how often they occur, the most frequent first. */
export function countOutputs(examples: readonly Example[]): { output: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { output } of examples) counts.set(output, (counts.get(output) ?? 0) + 1);
  return [...counts]
    .map(([output, count]) => ({ output, count }))
    .sort((a, b) => b.count - a.count);
}

/** Gives `work` every input once. Without words, for instance, many are equal. */
async function forDistinct<T, R>(
  inputs: readonly T[],
  work: (distinct: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const keys = inputs.map((input) => JSON.stringify(input));
  const distinct = new Map(keys.map((key, i) => [key, inputs[i] as T]));
  const results = await work([...distinct.values()]);
  const resultOf = new Map([...distinct.keys()].map((key, i) => [key, results[i] as R]));
  return keys.map((key) => resultOf.get(key) as R);
}

function questionTask(input: QuestionInput, choose: ExampleChooser): QuestionTask {
  return { examples: choose(input), ...readingOf(input), question: input.question };
}

function readingOf({ words, places = [] }: PromptInput): {
  query: readonly string[];
  places: readonly string[];
} {
  return { query: words, places };
}
