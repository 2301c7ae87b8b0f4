import type { LanguageModel } from "@v2l/llm";
import { type Completion, type CompletionOptions, complete } from "./complete.js";
import { CAPTION_TEMPLATE, type Example, type PromptOptions, promptText } from "./prompt.js";

/** One image to put into a sentence. */
export interface CaptionTask {
  /** Words of other images with their captions (`output`), in the order of the prompt. */
  readonly examples: readonly Example[];
  /** Global words of the image, nearest first. */
  readonly query: readonly string[];
  /** Words of parts of the image with where they are. */
  readonly places?: readonly string[];
}

/**
 * Captions images by their words: the language model continues a list of captioned examples.
 * @throws V2LError what {@link complete} throws.
 */
export function caption(
  llm: LanguageModel,
  tasks: readonly CaptionTask[],
  options: PromptOptions & CompletionOptions = {},
): Promise<Completion[]> {
  const prompts = tasks.map(({ examples, query, places = [] }) => {
    return promptText(CAPTION_TEMPLATE, { examples, query: { words: query, places } }, options);
  });
  return complete(llm, prompts, options);
}
