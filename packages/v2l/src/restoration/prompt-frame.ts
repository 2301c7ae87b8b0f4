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

/**
 * The frame of the official denoising evaluation. Every fragment is tokenized by itself, so that each
 * has its own leading blank.
 * @param step how many tokens the instruction speaks of
 * @throws V2LError UNSUPPORTED where the model has no bos.
 */
export async function paperFrame(llm: LanguageModel, step: number): Promise<PromptFrame> {
  const { bos, id } = llm.info;
  if (bos === null) {
    const remedy = "Use the blind protocol";
    throw new V2LError("UNSUPPORTED", expected("a model with bos", "llm", id, remedy));
  }
  const instruction = `Learning a new language and predict the ${step} tokens following the examples.\n`;
  return {
    begin: [bos, ...(await llm.tokenize(instruction))],
    input: await llm.tokenize("###\nInput: < "),
    output: await llm.tokenize(" >\nOutput: "),
    end: [],
  };
}

/**
 * The frame of the blind prompts: the lines of all other tasks (`Input: ... Output: ...`) with tokens
 * instead of words, and no instruction.
 */
export async function blindFrame(llm: LanguageModel): Promise<PromptFrame> {
  const { bos } = llm.info;
  return {
    begin: bos === null ? [] : [bos],
    input: await llm.tokenize("Input:"),
    output: await llm.tokenize("Output:"),
    // The line end alone, without the blank that a tokenizer puts before a text.
    end: (await llm.tokenize("\n")).slice(-1),
  };
}
