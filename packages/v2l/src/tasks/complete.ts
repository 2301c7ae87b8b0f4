import { type CallOptions, type LanguageModel, type Sampling, TOKEN_KINDS } from "@v2l/llm";
import { checkWholeNumber } from "../whole-number.js";
import { type Prompt, readPrompt } from "./prompt.js";

export interface CompletionOptions extends CallOptions {
  /** Most tokens of the output. Default 48. */
  readonly maxTokens?: number;
  /** Default: greedy, the most likely token each time. The seed holds for each prompt by itself. */
  readonly sampling?: Sampling;
}

/** What the language model wrote after a prompt. */
export interface Completion {
  /** Without the line end and without blanks around it. */
  readonly text: string;
  /** The ids, with the one that ended it. */
  readonly tokens: readonly number[];
  /** Sum of the tokens' natural log-probabilities. */
  readonly logProb: number;
  /** What ended it: a line end, the model's end of text, or `maxTokens`. */
  readonly end: "line" | "text" | "length";
  readonly prompt: Prompt;
}

const DEFAULT_MAX_TOKENS = 48;

/**
 * Lets the language model write the rest of each prompt's last line.
 * @throws V2LError INVALID_ARGUMENT; CONTEXT_OVERFLOW where a prompt and `maxTokens` exceed the context.
 */
export async function complete(
  llm: LanguageModel,
  texts: readonly string[],
  options: CompletionOptions = {},
): Promise<Completion[]> {
  const { maxTokens = DEFAULT_MAX_TOKENS, sampling } = options;
  checkWholeNumber(maxTokens, "maxTokens", 1);
  const { eos } = llm.info;
  const lineEnds = await lineEndIds(llm);
  const stop = eos === null ? lineEnds : [...lineEnds, eos];
  const allowed = new Array<null>(maxTokens).fill(null);
  const prompts = await Promise.all(texts.map((text) => readPrompt(llm, text)));
  const items = prompts.map(({ ids }) => {
    return { prompt: ids, allowed, stop, ...(sampling === undefined ? {} : { sampling }) };
  });
  const generated = await llm.generate(items, options);
  return Promise.all(
    generated.map(async ({ tokens, logProbs }, i) => {
      const last = tokens.at(-1);
      const [line = ""] = (await llm.detokenize(tokens)).split("\n");
      const end = last === eos ? "text" : stop.includes(last as number) ? "line" : "length";
      const logProb = logProbs.reduce((sum, one) => sum + one, 0);
      return { text: line.trim(), tokens, logProb, end, prompt: prompts[i] as Prompt };
    }),
  );
}

/**
 * The ids whose text has a line end. Vocabularies spell it in one of three ways: as the byte piece
 * `<0x0A>` (SentencePiece), as `Ċ` inside pieces (byte-level BPE), or as itself.
 */
async function lineEndIds(llm: LanguageModel): Promise<number[]> {
  const { pieces, kinds } = await llm.vocabulary();
  const hasBytes = kinds.includes(TOKEN_KINDS.byte);
  return pieces.flatMap((piece, id) => {
    if (kinds[id] === TOKEN_KINDS.byte) return piece === "<0x0A>" ? [id] : [];
    return piece.includes("\n") || (!hasBytes && piece.includes("Ċ")) ? [id] : [];
  });
}
