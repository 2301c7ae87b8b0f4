import type {
  ControlledEvaluateInputItem,
  Llama,
  LlamaContextSequence,
  LlamaModel,
  Token,
} from "node-llama-cpp";
import { type ClassificationTask, classifyTemplate, outputText, promptText } from "v2l";
import { openSequence } from "../one-sequence.js";
import type { Answer } from "./contenders.js";

/**
 * Recognition as it is first written: each class name is put behind the prompt, and the model reads the
 * whole text anew, one text after the other. On llama.cpp directly; nothing of `@v2l/llm` takes part.
 */
export class OnePrompt {
  private constructor(
    private readonly llama: Llama,
    private readonly model: LlamaModel,
    private readonly sequence: LlamaContextSequence,
  ) {}

  static async open(path: string, threads: number): Promise<OnePrompt> {
    const { llama, model, sequence } = await openSequence(path, threads);
    return new OnePrompt(llama, model, sequence);
  }

  async classify({ classes, examples, query }: ClassificationTask): Promise<Answer> {
    const prompt = promptText(classifyTemplate(classes), { examples, query: { words: query } });
    const promptTokens = this.#tokenize(prompt).length;
    const weights: number[] = [];
    for (const name of classes) {
      const ids = this.#tokenize(prompt + outputText(name));
      weights.push(Math.exp(await this.#logProb(ids, promptTokens)));
    }
    const sum = weights.reduce((a, b) => a + b);
    return { probabilities: weights.map((weight) => weight / sum), promptTokens };
  }

  dispose(): Promise<void> {
    return this.llama.dispose();
  }

  #tokenize(text: string): Token[] {
    return [this.model.tokens.bos as Token, ...this.model.tokenize(text)];
  }

  /** Log-probability of what follows the first `start` of the ids. */
  async #logProb(ids: readonly Token[], start: number): Promise<number> {
    const input = ids.slice(0, -1).map((id, i): ControlledEvaluateInputItem => {
      if (i + 1 < start) return id;
      // The selected token is the likeliest: its logit is what the total weight is relative to.
      const filter = { tokens: [ids[i + 1] as Token], includeSelected: true };
      return [id, { generateNext: { logits: { filter }, totalLogitWeight: true } }];
    });
    await this.sequence.clearHistory();
    const outputs = await this.sequence.controlledEvaluate(input);
    return ids.slice(start).reduce((sum, id, i) => {
      const next = outputs[start - 1 + i]?.next;
      const logits = next?.logits as Map<Token, number>;
      const [largest] = logits.values();
      const logProb = (logits.get(id) as number) - (largest as number);
      return sum + logProb - Math.log(next?.totalLogitWeight as number);
    }, 0);
  }
}
