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
    return this.#rated(input).slice(0, count).reverse();
  }

  /**
   * Examples for several inputs at once: of each input the most similar, then of each the second, and so
   * on, until there are `count`. Those that more inputs ask for stand nearer to the end; equal ones occur once.
   */
  common(inputs: readonly Ids[], count: number): TokenPair[] {
    const taken = new Map<string, { readonly pair: TokenPair; asked: number }>();
    const rankings = inputs.map((input) => this.#rated(input));
    for (let rank = 0; rank < this.pairs.length && taken.size < count; rank++) {
      const round = new Map<string, { readonly pair: TokenPair; asked: number }>();
      for (const ranking of rankings) {
        const pair = ranking[rank] as TokenPair;
        const key = `${pair.input} ${pair.output}`;
        const known = taken.get(key) ?? round.get(key);
        if (known) known.asked++;
        else round.set(key, { pair, asked: 1 });
      }
      const wanted = [...round].sort(([, a], [, b]) => b.asked - a.asked);
      for (const [key, one] of wanted.slice(0, count - taken.size)) taken.set(key, one);
    }
    return [...taken.values()].sort((a, b) => a.asked - b.asked).map(({ pair }) => pair);
  }

  /** Examples evenly spread over all, in their order. The same for every query. */
  spread(count: number): TokenPair[] {
    const { length } = this.pairs;
    const taken = Math.min(count, length);
    return Array.from({ length: taken }, (_, i) => {
      return this.pairs[Math.floor(((i + 0.5) * length) / taken)] as TokenPair;
    });
  }

  /** All, the most similar first. */
  #rated(input: Ids): TokenPair[] {
    return this.pairs
      .map((pair) => ({ pair, agreement: this.#agreement(pair.input, input) }))
      .sort((a, b) => b.agreement - a.agreement)
      .map(({ pair }) => pair);
  }

  #agreement(a: Ids, b: Ids): number {
    let sum = 0;
    for (const [i, weight] of this.weights.entries()) if (a[i] === b[i]) sum += weight;
    return sum;
  }
}
