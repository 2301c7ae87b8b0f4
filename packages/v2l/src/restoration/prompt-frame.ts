import type { Ids, LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";

/** Tokens that the model reads and the tokens that are right after them. */
export interface TokenPair {
  readonly input: Ids;
  readonly output: Ids;
}

/** What stands around the tokens of a prompt, as ids. */
export interface PromptFrame {
  /** Begins the prompt. */
  readonly begin: Ids;
  /** Stands before every input. */
  readonly input: Ids;
  /** Stands between an input and its output. */
  readonly output: Ids;
  /** Stands behind every output. */
  readonly end: Ids;
}

/** A prompt of examples, up to where the output of the query begins. */
export function framedPrompt(
  { begin, input, output, end }: PromptFrame,
  examples: readonly TokenPair[],
  query: Ids,
): number[] {
  const lines = examples.flatMap((one) => {
    return [...input, ...one.input, ...output, ...one.output, ...end];
  });
  return [...begin, ...lines, ...input, ...query, ...output];
}

/** The same as texts. Each is tokenized by itself, so that it has its own leading blank. */
export interface PromptFragments {
  /** @param step how many tokens a prompt asks for */
  readonly begin: (step: number) => string;
  readonly input: string;
  readonly output: string;
  /** A line end alone, without the blank that a tokenizer puts before a text; or nothing. */
  readonly end: "" | "\n";
}

/** Of the official denoising evaluation. */
export const PAPER_FRAGMENTS: PromptFragments = {
  begin: (step) =>
    `Learning a new language and predict the ${step} tokens following the examples.\n`,
  input: "###\nInput: < ",
  output: " >\nOutput: ",
  end: "",
};

/**
 * Of the blind prompts: the lines of all other tasks (`Input: ... Output: ...`) with tokens instead of
 * words, and no instruction.
 */
export const BLIND_FRAGMENTS: PromptFragments = {
  begin: () => "",
  input: "Input:",
  output: "Output:",
  end: "\n",
};

/**
 * The frame of the official denoising evaluation.
 * @param step how many tokens the instruction speaks of
 * @throws V2LError UNSUPPORTED where the model has no bos.
 */
export async function paperFrame(llm: LanguageModel, step: number): Promise<PromptFrame> {
  const { bos, id } = llm.info;
  if (bos === null) {
    const remedy = "Use the blind protocol";
    throw new V2LError("UNSUPPORTED", expected("a model with bos", "llm", id, remedy));
  }
  return promptFrame(llm, PAPER_FRAGMENTS, step);
}

/** The frame of the blind prompts. */
export async function blindFrame(llm: LanguageModel): Promise<PromptFrame> {
  return promptFrame(llm, BLIND_FRAGMENTS, 0);
}

async function promptFrame(
  llm: LanguageModel,
  { begin, input, output, end }: PromptFragments,
  step: number,
): Promise<PromptFrame> {
  const { bos } = llm.info;
  const opening = begin(step);
  return {
    begin: [...(bos === null ? [] : [bos]), ...(opening === "" ? [] : await llm.tokenize(opening))],
    input: await llm.tokenize(input),
    output: await llm.tokenize(output),
    end: end === "" ? [] : (await llm.tokenize(end)).slice(-1),
  };
}
