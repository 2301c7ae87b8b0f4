/** What stands on a line of a prompt before the output. */
export interface PromptInput {
  readonly words: readonly string[];
  readonly question?: string;
}

/** An input with the output that is right for it. */
export interface Example extends PromptInput {
  readonly output: string;
}

/** How a task words its prompts. */
export interface PromptTemplate {
  /** Stands before every output, without the colon. */
  readonly outputName: string;
  instruction(classes: readonly string[]): string;
}

export const CLASSIFY_TEMPLATE: PromptTemplate = {
  outputName: "Output",
  instruction: (classes) =>
    `For each of the following input output pairs, the output is one of: ${classes.join(", ")}.`,
};

export const CAPTION_TEMPLATE: PromptTemplate = {
  outputName: "Caption",
  instruction: () =>
    "Each input lists words for a picture. The caption says what is in the picture.",
};

export const ANSWER_TEMPLATE: PromptTemplate = {
  outputName: "Answer",
  instruction: () => "Each input lists words for a picture. The answer is true of the picture.",
};

/** `Input: dog animal pet Output:`; with a question `Input: dog Question: Is there a cat? Answer:`. */
export function inputText(template: PromptTemplate, { words, question }: PromptInput): string {
  const asked = question === undefined ? [] : ["Question:", question];
  return ["Input:", ...words, ...asked, `${template.outputName}:`].join(" ");
}

/** An output as it follows a prompt. The line end belongs to it. */
export function outputText(output: string): string {
  return ` ${output}\n`;
}
