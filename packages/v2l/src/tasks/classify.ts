import type { CallOptions, LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import { bestChoice, type ChoiceItem, type ScoredChoices, scoreChoices } from "./choices.js";
import { classifyLikePaper, type PaperClassification } from "./paper-protocol.js";
import { classifyTemplate, type Example, type PromptOptions, promptText } from "./prompt.js";

/** One image to recognise: which of the classes is it? */
export interface ClassificationTask {
  /** Names to choose from. */
  readonly classes: readonly string[];
  /** Images of known class (`output`), in the order of the prompt; none: zero-shot. */
  readonly examples: readonly Example[];
  /** Global words of the image, nearest first. */
  readonly query: readonly string[];
}

export interface LikelihoodOptions extends PromptOptions, CallOptions {
  readonly protocol?: "likelihood";
  /**
   * Divide each class's probability by its probability where the query has no words. Takes out how
   * common a name is, above all in zero-shot recognition. Default false.
   */
  readonly calibrate?: boolean;
}

export interface PaperOptions extends PromptOptions, CallOptions {
  readonly protocol: "paper";
}

/** What the language model says of one image. */
export interface Classification extends ScoredChoices {
  /** The most likely class. */
  readonly label: string;
}

/**
 * Recognises images by their words (paper section 3.3). All tasks of a call go to the language model
 * together; tasks with equal examples share the work for them.
 *
 * `likelihood` (default) scores every class name exactly, see {@link scoreChoices}: n classes, n
 * probabilities. `paper` repeats the official evaluation with its prompt, its mask and its flaws.
 * @throws V2LError INVALID_ARGUMENT for classes that are none, empty or equal, and for an example of
 *   another class; CONTEXT_OVERFLOW; what the model throws.
 */
export function classify(
  llm: LanguageModel,
  tasks: readonly ClassificationTask[],
  options?: LikelihoodOptions,
): Promise<Classification[]>;
export function classify(
  llm: LanguageModel,
  tasks: readonly ClassificationTask[],
  options: PaperOptions,
): Promise<PaperClassification[]>;
export async function classify(
  llm: LanguageModel,
  tasks: readonly ClassificationTask[],
  options: LikelihoodOptions | PaperOptions = {},
): Promise<Classification[] | PaperClassification[]> {
  tasks.forEach(checkExamples);
  if (options.protocol === "paper") return classifyLikePaper(llm, tasks, options);
  const items = tasks.map((task) => choiceItem(task, options));
  const scored = await scoreChoices(llm, items, options);
  return scored.map((one) => ({ ...one, label: bestChoice(one.choices).text }));
}

function choiceItem(
  { classes, examples, query }: ClassificationTask,
  options: LikelihoodOptions,
): ChoiceItem {
  const template = classifyTemplate(classes);
  const prompt = (words: readonly string[]) =>
    promptText(template, { examples, query: { words } }, options);
  const item = { prompt: prompt(query), choices: classes };
  return options.calibrate ? { ...item, baseline: prompt([]) } : item;
}

function checkExamples({ classes, examples }: ClassificationTask): void {
  const stranger = examples.find(({ output }) => !classes.includes(output));
  if (stranger === undefined) return;
  const what = `one of the classes ${JSON.stringify(classes)}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "examples.output", stranger.output));
}
