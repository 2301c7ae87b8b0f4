import type { ClipTextConfig } from "@v2l/nn";
import { serveBatches } from "../parallel/batch-worker.js";
import { parseTextTokenizer } from "../text-tokenizer.js";
import { textRuns, WORDS } from "./text-runs.js";

/** What {@link TextRun}s are made from, chunk by chunk. */
export interface TextRunsSetup {
  readonly words: readonly string[];
  /** Text of a `tokenizer.json`. */
  readonly tokenizer: string;
  readonly config: ClipTextConfig;
}

/** The thread that tokenizes the next words while ONNX Runtime computes. */
serveBatches(async ({ words, tokenizer, config }: TextRunsSetup) => {
  const { encode } = parseTextTokenizer(tokenizer);
  return async (chunk: number) => {
    const batch = textRuns(words.slice(chunk * WORDS, (chunk + 1) * WORDS), encode, config);
    const transfer = batch.flatMap(({ ids, words }) => [ids.buffer, words.buffer]);
    return { batch, transfer: transfer as ArrayBuffer[] };
  };
});
