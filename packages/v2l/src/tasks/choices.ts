import type { CallOptions, Ids, LanguageModel, ScoreItem } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import { oneLine, outputText, type Prompt, readPrompt } from "./prompt.js";

/** A question to the language model: which of these outputs follows this prompt? */
export interface ChoiceItem {
  readonly prompt: string;
  /** At least one, all different. */
  readonly choices: readonly string[];
  /** The same prompt without what the choice should depend on, see {@link scoreChoices}. */
  readonly baseline?: string;
}

/** How likely one of the choices is. */
export interface ScoredChoice {
  readonly text: string;
  /** Among the choices; they sum to 1. */
  readonly probability: number;
  /** Natural logarithm of the probability of the whole choice under the language model. */
  readonly logProb: number;
  /** Tokens of the choice, its line end included. */
  readonly tokens: number;
}

export interface ScoredChoices {
  /** In the order they were given. */
  readonly choices: readonly ScoredChoice[];
  readonly prompt: Prompt;
}

/**
 * Scores every choice as a complete continuation of its prompt: the log-probabilities of all its tokens
 * and of the line end after it are added. Complete outputs exclude each other, so that these are
 * probabilities of events to compare, and a long choice needs no correction: its later tokens are
 * nearly certain. (A mean over tokens would favour long names for exactly that.) `probability` is the
 * softmax of the sums, that is, the model's distribution given that one of the choices follows.
 *
 * Where an item has a `baseline`, its log-probabilities after that prompt are subtracted before the
 * softmax. It takes out how common a choice is as such; what remains is what the input says for it.
 *
 * Text is tokenized as a whole, prompt with choice, so that pieces across the border are the model's
 * own; what all choices and the prompt share is computed once.
 * @throws V2LError INVALID_ARGUMENT for choices that are none, empty or equal; CONTEXT_OVERFLOW.
 */
export async function scoreChoices(
  llm: LanguageModel,
  items: readonly ChoiceItem[],
  options?: CallOptions,
): Promise<ScoredChoices[]> {
  const readings = await Promise.all(items.map((item) => read(llm, item.prompt, item.choices)));
  const baselines = await Promise.all(
    items.map(({ baseline, choices }) => baseline && read(llm, baseline, choices)),
  );
  const given = baselines.filter((one) => typeof one === "object");
  const scores = await llm.score(
    [...readings, ...given].map(({ item }) => item),
    options,
  );
  const sums = scores.map((one) => one.map((logProbs) => logProbs.reduce((a, b) => a + b, 0)));
  let next = items.length;
  return readings.map(({ prompt, item }, i) => {
    const logProbs = sums[i] as number[];
    const subtracted = baselines[i] ? (sums[next++] as number[]) : null;
    const evidence = logProbs.map((one, c) => one - (subtracted?.[c] ?? 0));
    const probabilities = softmax(evidence);
    const choices = logProbs.map((logProb, c) => ({
      text: items[i]?.choices[c] as string,
      probability: probabilities[c] as number,
      logProb,
      tokens: item.continuations[c]?.length as number,
    }));
    return { prompt, choices };
  });
}

/** The most likely one; of equal ones the first. */
export function bestChoice(choices: readonly ScoredChoice[]): ScoredChoice {
  return choices.reduce((best, one) => (one.probability > best.probability ? one : best));
}

interface Reading {
  readonly prompt: Prompt;
  readonly item: ScoreItem;
}

async function read(
  llm: LanguageModel,
  text: string,
  choices: readonly string[],
): Promise<Reading> {
  checkChoices(choices);
  const prompt = await readPrompt(llm, text);
  const whole = await Promise.all(
    choices.map(async (choice) => (await readPrompt(llm, text + outputText(choice))).ids),
  );
  const shared = sharedLength([prompt.ids, ...whole]);
  return {
    prompt,
    item: {
      prefix: prompt.ids.slice(0, shared),
      continuations: whole.map((ids) => ids.slice(shared)),
    },
  };
}

function checkChoices(choices: readonly string[]): void {
  const lines = choices.map(oneLine);
  const wrong = lines.find((line, i) => line === "" || lines.indexOf(line) !== i);
  if (wrong === undefined && lines.length > 0) return;
  const received = wrong === undefined ? "none" : `${JSON.stringify(wrong)} among them`;
  throw new V2LError("INVALID_ARGUMENT", expected("different texts", "choices", received));
}

/** How many first ids all lists have in common. */
function sharedLength(lists: readonly Ids[]): number {
  const [first = [], ...others] = lists;
  const differs = first.findIndex((id, i) => others.some((ids) => ids[i] !== id));
  return differs === -1 ? first.length : differs;
}

function softmax(values: readonly number[]): number[] {
  const max = Math.max(...values);
  const weights = values.map((value) => Math.exp(value - max));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
