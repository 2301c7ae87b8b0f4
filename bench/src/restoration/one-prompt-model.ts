import { type Generated, type GenerateItem, type LanguageModel, openEmbedded } from "@v2l/llm";
import type {
  ControlledEvaluateInputItem,
  Llama,
  LlamaContextSequence,
  Token,
} from "node-llama-cpp";
import { openSequence } from "../one-sequence.js";
import { withGenerate } from "./with-generate.js";

/** Above this many allowed tokens all logits are read, which llama.cpp finds faster. */
const MOST_FILTERED = 1000;

/**
 * A model that answers as the official code asks: one prompt after the other, each read anew from its
 * beginning, greedily. On llama.cpp directly; only words are left to `@v2l/llm`.
 */
export class OnePromptModel {
  private constructor(
    private readonly llama: Llama,
    private readonly sequence: LlamaContextSequence,
    private readonly words: LanguageModel,
  ) {}

  static async open(path: string, threads: number): Promise<OnePromptModel> {
    const { llama, sequence } = await openSequence(path, threads);
    const words = await openEmbedded(path, { gpu: false, threads, parallel: 1 });
    return new OnePromptModel(llama, sequence, words);
  }

  /** As a restoration sees it. */
  get model(): LanguageModel {
    return withGenerate(this.words, async (items) => {
      const all: Generated[] = [];
      for (const item of items) all.push(await this.#generate(item));
      return all;
    });
  }

  async close(): Promise<void> {
    await this.words.close();
    await this.llama.dispose();
  }

  async #generate({ prompt, allowed }: GenerateItem): Promise<Generated> {
    await this.sequence.clearHistory();
    const tokens: number[] = [];
    const logProbs: number[] = [];
    let input: readonly number[] = prompt;
    for (const ids of allowed) {
      const [token, logProb] = await this.#next(input as readonly Token[], ids as Token[] | null);
      tokens.push(token);
      logProbs.push(logProb);
      input = [token];
    }
    return { tokens, logProbs: Float32Array.from(logProbs) };
  }

  /** The likeliest of the allowed tokens after what was read, and its log-probability. */
  async #next(input: readonly Token[], ids: readonly Token[] | null): Promise<[number, number]> {
    const filtered = ids === null ? [] : ids.length > MOST_FILTERED ? null : [...ids];
    const logits =
      filtered === null ? true : { filter: { tokens: filtered, includeSelected: true } };
    const last = input.length - 1;
    const items = input.map((id, i): ControlledEvaluateInputItem => {
      return i < last ? id : [id, { generateNext: { logits, totalLogitWeight: true } }];
    });
    const next = (await this.sequence.controlledEvaluate(items))[last]?.next;
    const found = next?.logits as Map<Token, number>;
    // Sorted: the first is the likeliest of all, and what the total weight is relative to.
    const [largest] = found.values();
    const wanted = ids === null ? null : new Set(ids);
    const [token, logit] = [...found].find(([id]) => wanted === null || wanted.has(id)) as [
      Token,
      number,
    ];
    return [token, logit - (largest as number) - Math.log(next?.totalLogitWeight as number)];
  }
}
