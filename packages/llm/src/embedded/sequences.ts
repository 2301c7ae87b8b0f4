import type { LlamaContextSequence, Token } from "node-llama-cpp";
import type { Ids } from "../language-model.js";
import { type Candidates, candidates, inputItem, type Question } from "./questions.js";

/** Tokens to append to one sequence. */
export interface Step {
  /** Which sequence. */
  readonly slot: number;
  readonly tokens: Ids;
  /** For each token, what is read of the distribution after it. */
  readonly questions: readonly (Question | undefined)[];
}

/**
 * The parallel sequences of a context, and what they remember.
 *
 * The bits of a result depend on which tokens were evaluated together. So that a repeated call gives
 * the same bits whatever was asked before it, a prompt is evaluated in two parts: whole blocks of
 * `blockSize` tokens from its start, each block alone, so that a block's state depends on nothing but
 * the tokens up to its end and can be kept for later prompts; and the rest together with the other
 * prompts of its wave.
 */
export class Sequences {
  /** Tokens at the start of each sequence that were evaluated in whole blocks. */
  readonly #kept: number[];

  constructor(
    private readonly sequences: readonly LlamaContextSequence[],
    private readonly blockSize: number,
    private readonly vocabularySize: number,
  ) {
    this.#kept = sequences.map(() => 0);
  }

  get count(): number {
    return this.sequences.length;
  }

  /**
   * Makes a sequence hold the whole blocks of a prompt, short of its last token.
   * @returns how many tokens of the prompt it holds now
   */
  async begin(slot: number, prompt: Ids): Promise<number> {
    const sequence = this.#sequence(slot);
    const wanted = this.#wholeBlocks(prompt.length - 1);
    const tokens = prompt as Token[];
    const { firstDifferentIndex } = sequence.compareContextTokens(tokens);
    const shared = Math.min(firstDifferentIndex, this.#kept[slot] as number, wanted);
    await this.#cut(sequence, tokens.slice(0, this.#wholeBlocks(shared)));
    for (let at = sequence.nextTokenIndex; at < wanted; at = sequence.nextTokenIndex) {
      await sequence.controlledEvaluate(tokens.slice(at, at + this.blockSize));
      this.#kept[slot] = at + this.blockSize;
    }
    this.#kept[slot] = wanted;
    return wanted;
  }

  /** Appends tokens to several sequences in one batch and answers the questions about each. */
  async evaluate(steps: readonly Step[]): Promise<Candidates[][]> {
    return Promise.all(
      steps.map(async ({ slot, tokens, questions }) => {
        const input = tokens.map((token, i) => inputItem(token, questions[i]));
        const outputs = await this.#sequence(slot).controlledEvaluate(input);
        return questions.flatMap((question, i) => {
          const output = outputs[i];
          if (question === undefined || output === undefined) return [];
          return [candidates(question, output, this.vocabularySize)];
        });
      }),
    );
  }

  /** Makes a sequence forget everything after `tokens`, which it begins with. */
  async rewind(slot: number, tokens: Ids): Promise<void> {
    await this.#cut(this.#sequence(slot), tokens as Token[]);
  }

  /** Forgets everything, after a failure left sequences in an unknown state. */
  async clear(): Promise<void> {
    this.#kept.fill(0);
    await Promise.all(this.sequences.map((sequence) => sequence.clearHistory()));
  }

  async #cut(sequence: LlamaContextSequence, tokens: Token[]): Promise<void> {
    await sequence.adaptStateToTokens(tokens, false);
  }

  #wholeBlocks(length: number): number {
    return Math.floor(length / this.blockSize) * this.blockSize;
  }

  #sequence(slot: number): LlamaContextSequence {
    return this.sequences[slot] as LlamaContextSequence;
  }
}
