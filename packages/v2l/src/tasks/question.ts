import type { CallOptions, LanguageModel } from "@v2l/llm";
import { bestChoice, type ScoredChoices, scoreChoices } from "./choices.js";
import { type Completion, type CompletionOptions, complete } from "./complete.js";
import { ANSWER_TEMPLATE, type Example, type PromptOptions, promptText } from "./prompt.js";

/** One question about one image. */
export interface QuestionTask {
  /** Words of other images, each with a `question` and its answer (`output`), in prompt order. */
  readonly examples: readonly Example[];
  /** Global words of the image, nearest first. */
  readonly query: readonly string[];
  /** Words of parts of the image with where they are. */
  readonly places?: readonly string[];
  readonly question: string;
}

/** A question whose answer is one of a list. */
export interface ChoiceQuestionTask extends QuestionTask {
  readonly answers: readonly string[];
}

export interface ChosenAnswer extends ScoredChoices {
  /** The most likely answer. */
  readonly text: string;
}

/**
 * Answers questions about images in the language model's own words.
 * @throws V2LError what {@link complete} throws.
 */
export function answer(
  llm: LanguageModel,
  tasks: readonly QuestionTask[],
  options: PromptOptions & CompletionOptions = {},
): Promise<Completion[]> {
  return complete(
    llm,
    tasks.map((task) => questionPrompt(task, options)),
    options,
  );
}

/**
 * Answers questions about images from lists: every answer is scored exactly, see {@link scoreChoices}.
 * @throws V2LError what {@link scoreChoices} throws.
 */
export async function chooseAnswer(
  llm: LanguageModel,
  tasks: readonly ChoiceQuestionTask[],
  options: PromptOptions & CallOptions = {},
): Promise<ChosenAnswer[]> {
  const items = tasks.map((task) => ({
    prompt: questionPrompt(task, options),
    choices: task.answers,
  }));
  const scored = await scoreChoices(llm, items, options);
  return scored.map((one) => ({ ...one, text: bestChoice(one.choices).text }));
}

function questionPrompt(
  { examples, query, places = [], question }: QuestionTask,
  options: PromptOptions,
): string {
  const asked = { words: query, places, question };
  return promptText(ANSWER_TEMPLATE, { examples, query: asked }, options);
}
