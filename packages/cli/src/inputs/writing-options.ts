import type { CompletionOptions, PromptOptions } from "v2l";
import type { Call } from "../command/command.js";
import type { WRITING } from "../command/shared-options.js";

/** The library's options for the command's. */
export function writingOptions({
  options,
  signal,
}: Pick<Call<typeof WRITING>, "options" | "signal">): PromptOptions & CompletionOptions {
  const { words, ignore, repeats, bare, maxTokens, temperature, topP, seed } = options;
  return {
    words,
    ignore,
    repeats,
    instruction: !bare,
    maxTokens,
    sampling: { temperature, topP, seed },
    signal,
  };
}
