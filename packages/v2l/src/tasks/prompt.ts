import type { Ids, LanguageModel } from "@v2l/llm";
import { holdsAny } from "../entry-words.js";
import { checkWholeNumber } from "../whole-number.js";

/** What a language model gets to read of one image, with a question where there is one. */
export interface PromptInput {
  /** Global words of the image, nearest first. No words: the model sees nothing. */
  readonly words: readonly string[];
  /** What is in parts of the image and where, `red dog pet on the left`, and the background; shown after the others. */
  readonly places?: readonly string[];
  readonly question?: string;
}

/** An input with the output that is right for it: a class, a caption or an answer. */
export interface Example extends PromptInput {
  readonly output: string;
}

/** How a prompt is made, common to all tasks. */
export interface PromptOptions {
  /** Whether a line that says what to do comes first. Default true. */
  readonly instruction?: boolean;
  /** How many more times the examples are given. Default 0. */
  readonly repeats?: number;
  /** How many words of each image the prompt shows, nearest first; 5 or 21 in the paper. Default: all. */
  readonly words?: number;
  /** Of `words`, those that are not shown, nor entries that hold one: colours where objects matter. Default: none. */
  readonly ignore?: readonly string[];
}

/** What a prompt is about. */
export interface PromptContent {
  readonly examples: readonly Example[];
  readonly query: PromptInput;
}

/** What a language model read. */
export interface Prompt {
  readonly text: string;
  /** Begins with the model's bos where it has one. */
  readonly ids: Ids;
}

/** How a task words its prompts. All else is common to all tasks. */
export interface PromptTemplate {
  /** Stands before every output, without the colon. */
  readonly outputName: string;
  /** The line that says what to do. */
  readonly instruction: string;
}

export function classifyTemplate(classes: readonly string[]): PromptTemplate {
  const names = classes.map(oneLine).join(", ");
  return {
    outputName: "Output",
    instruction: `For each of the following input output pairs, the output is one of: ${names}.`,
  };
}

export const CAPTION_TEMPLATE: PromptTemplate = {
  outputName: "Caption",
  instruction: "Each input lists words for a picture. The caption says what is in the picture.",
};

export const ANSWER_TEMPLATE: PromptTemplate = {
  outputName: "Answer",
  instruction: "Each input lists words for a picture. The answer is true of the picture.",
};

/**
 * The text of a prompt, up to where the output of the query begins. One line for each example:
 *
 * ```text
 * For each of the following input output pairs, the output is one of: zorb, blick.
 * Input: dog animal pet puppy Output: zorb
 * Input: boat sea ship sail Output: blick
 * Input: puppy dog tail pet Output:
 * ```
 *
 * With questions a line reads `Input: dog ball red Question: What color is the ball? Answer: red`, and words
 * with places follow commas: `Input: dog ball red, dog on the left, ball at the top Caption:`. Words
 * and outputs are text like any other: the model knows nothing of images, and needs no vocabulary in
 * common with the bundle that the words come from.
 * @throws V2LError INVALID_ARGUMENT for `repeats` or `words` that are no counts
 */
export function promptText(
  template: PromptTemplate,
  { examples, query }: PromptContent,
  { instruction = true, repeats = 0, ...shown }: PromptOptions = {},
): string {
  checkWholeNumber(repeats, "repeats", 0);
  if (shown.words !== undefined) checkWholeNumber(shown.words, "words", 0);
  const lines = examples.map((example) => {
    return inputText(template, example, shown) + outputText(example.output);
  });
  const repeated = Array.from({ length: repeats + 1 }, () => lines).flat();
  const head = instruction ? `${template.instruction}\n` : "";
  return head + repeated.join("") + inputText(template, query, shown);
}

/** An output as it follows a prompt. The line end belongs to it: with it, an output is complete. */
export function outputText(output: string): string {
  return ` ${oneLine(output)}\n`;
}

function inputText(
  { outputName }: PromptTemplate,
  { words, places = [], question }: PromptInput,
  shown: PromptOptions,
): string {
  const asked = question === undefined ? [] : ["Question:", oneLine(question)];
  const whole = shownWords(words, shown).map(oneLine).filter(Boolean).join(" ");
  const seen = [whole, ...places.map(oneLine)].filter(Boolean).join(", ");
  return ["Input:", seen, ...asked, `${outputName}:`].filter(Boolean).join(" ");
}

/** Those of an image's words that a prompt shows. */
export function shownWords(
  words: readonly string[],
  { words: count, ignore = [] }: Pick<PromptOptions, "words" | "ignore">,
): string[] {
  const left = new Set(ignore);
  return words.filter((entry) => !holdsAny(entry, left)).slice(0, count);
}

/**
 * A text that fits on a line: line ends, control characters, and U+FFFD (what bytes of the vocabulary
 * are spelled as) become single blanks; no blanks at its ends.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}\uFFFD]+/gu, " ").trim();
}

/** The ids of a whole prompt. */
export async function readPrompt(llm: LanguageModel, text: string): Promise<Prompt> {
  return { text, ids: [...beginning(llm), ...(await llm.tokenize(text))] };
}

function beginning({ info }: LanguageModel): Ids {
  return info.bos === null ? [] : [info.bos];
}
