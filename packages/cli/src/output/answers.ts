import type { Prompt, ScoredChoice } from "v2l";
import type { Reading } from "../inputs/readings.js";
import type { Output } from "./output.js";

/** What a language model made of one image. */
export interface Answered {
  readonly prompt: Prompt;
}

/** Prints what was made of each image, with --show-prompt after the text that was read. */
export function printAnswers<T extends Answered>(
  output: Output,
  readings: readonly Reading[],
  answers: readonly T[],
  { showPrompt }: { readonly showPrompt: boolean },
  line: (answer: T) => string,
): void {
  for (const [i, answer] of answers.entries()) {
    const reading = readings[i] as Reading;
    const { prompt, ...rest } = answer;
    const shown = line(answer);
    output.result(
      { ...reading, ...rest, ...(showPrompt ? { prompt } : {}) },
      ...(showPrompt ? [prompt.text] : []),
      readings.length > 1 ? `${reading.image}\t${shown}` : shown,
    );
  }
}

/** `dog 93.1%, cat 6.9%`, the likeliest first. */
export function choiceLine(choices: readonly ScoredChoice[]): string {
  return [...choices]
    .sort((a, b) => b.probability - a.probability)
    .map(({ text, probability }) => `${text} ${(100 * probability).toFixed(1)}%`)
    .join(", ");
}
