import { type PromptInput, type PromptTemplate, promptText } from "v2l";

/** One input of a prompt, up to where its output begins: `Input: dog animal pet Output:`. */
export function inputText(template: PromptTemplate, query: PromptInput): string {
  return promptText(template, { examples: [], query }, { instruction: false });
}
