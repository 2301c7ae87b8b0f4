import type { Generated, Ids, LanguageModel } from "@v2l/llm";
import { blindFrame, type PromptFrame } from "../restoration/index.js";

/**
 * A language model's place taken by a copy: at each position of an answer it writes the token that is
 * most frequent there in the examples of its own blind prompt, of equally frequent ones that of the
 * more similar example; without examples the last token that was read. What a language model adds to its examples is what it has more than this.
 * @param llm whose tokens the prompts are made of; it is never asked what follows
 */
export async function copyingModel(llm: LanguageModel): Promise<LanguageModel> {
  const frame = await blindFrame(llm);
  return {
    info: llm.info,
    vocabulary: () => llm.vocabulary(),
    tokenize: (text) => llm.tokenize(text),
    detokenize: (ids) => llm.detokenize(ids),
    nextLogProbs: (prompts, ids, options) => llm.nextLogProbs(prompts, ids, options),
    score: (items, options) => llm.score(items, options),
    generate: async (items) => {
      return items.map(({ prompt, allowed }): Generated => {
        const outputs = exampleOutputs(prompt, frame, allowed.length);
        const lastRead = prompt[prompt.length - frame.output.length - 1] as number;
        const tokens = outputs.length > 0 ? commonestTokens(outputs) : allowed.map(() => lastRead);
        return { tokens, logProbs: new Float32Array(tokens.length) };
      });
    },
    close: () => Promise.resolve(),
  };
}

/**
 * The most frequent id at each place of several lists of one length; of equally frequent ones that of
 * the later list.
 */
export function commonestTokens(lists: readonly Ids[]): number[] {
  return (lists[0] ?? []).map((_, place) => {
    const counts = new Map<number, number>();
    for (const list of lists) {
      const id = list[place] as number;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const most = Math.max(...counts.values());
    const isMost = (list: Ids) => counts.get(list[place] as number) === most;
    return (lists.findLast(isMost) as Ids)[place] as number;
  });
}

/** The outputs of the examples of a prompt, all of which are of the same lengths. */
function exampleOutputs(
  prompt: Ids,
  { begin, input, output, end }: PromptFrame,
  step: number,
): number[][] {
  const holds = (ids: Ids, place: number) => ids.every((id, i) => prompt[place + i] === id);
  for (let reads = 0; begin.length + reads < prompt.length; reads++) {
    const query = input.length + reads + output.length;
    const example = query + step + end.length;
    const count = (prompt.length - begin.length - query) / example;
    if (!Number.isInteger(count) || count < 0) continue;
    // The examples, and the query behind them.
    const starts = Array.from({ length: count + 1 }, (_, i) => begin.length + i * example);
    const fits = starts.every((start) => {
      return holds(input, start) && holds(output, start + query - output.length);
    });
    if (!fits) continue;
    return starts.slice(0, count).map((start) => prompt.slice(start + query, start + query + step));
  }
  return [];
}
