import { type TokenUsage, tokenUsage } from "../metrics/index.js";

/** How a codebook is used; where no token was counted, all figures are 0. */
export interface CodebookUse extends TokenUsage {
  /** Entries of the codebook. */
  readonly size: number;
  /** Tokens that were counted. */
  readonly tokens: number;
}

const UNUSED: TokenUsage = { effective: 0, share: 0, perplexity: 0 };

/** How a codebook is used, from how often each of its entries occurs. */
export function codebookUse(counts: readonly number[]): CodebookUse {
  const tokens = counts.reduce((sum, count) => sum + count, 0);
  const usage = tokens === 0 ? UNUSED : tokenUsage(counts);
  return { size: counts.length, tokens, ...usage };
}

/** How often each of `size` ids occurs in the lists. */
export function countIds(size: number, lists: Iterable<ArrayLike<number>>): number[] {
  const counts = new Array<number>(size).fill(0);
  for (const ids of lists) {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      counts[id] = (counts[id] as number) + 1;
    }
  }
  return counts;
}

/** Adds lists of counts of one length. */
export function sumCounts(lists: readonly (readonly number[])[]): number[] {
  const [first = []] = lists;
  return first.map((_, id) => lists.reduce((sum, counts) => sum + (counts[id] ?? 0), 0));
}
