import type { Ids } from "@v2l/llm";
import type { TokenPair } from "./prompt-frame.js";

/** Examples of the same lengths, to choose from. */
export class ExamplePool {
  /**
   * @param weights for each token of an input how much it counts in a comparison
   */
  constructor(
    private readonly pairs: readonly TokenPair[],
    private readonly weights: readonly number[],
  ) {}

  /**
   * The examples whose inputs have most in common with `input`, the most similar last: next to the query
   * in the prompt. Of equal ones the earlier counts as more similar.
   */
  nearest(input: Ids, count: number): TokenPair[] {
    const rated = this.pairs.map((pair) => ({
      pair,
      agreement: this.#agreement(pair.input, input),
    }));
    rated.sort((a, b) => b.agreement - a.agreement);
    return rated
      .slice(0, count)
      .reverse()
      .map(({ pair }) => pair);
  }

  /** Examples evenly spread over all, in their order. The same for every query. */
  spread(count: number): TokenPair[] {
    const { length } = this.pairs;
    const taken = Math.min(count, length);
    return Array.from({ length: taken }, (_, i) => {
      return this.pairs[Math.floor(((i + 0.5) * length) / taken)] as TokenPair;
    });
  }

  #agreement(a: Ids, b: Ids): number {
    let sum = 0;
    for (const [i, weight] of this.weights.entries()) if (a[i] === b[i]) sum += weight;
    return sum;
  }
}
