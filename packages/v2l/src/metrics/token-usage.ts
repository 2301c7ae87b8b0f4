import { expected, V2LError } from "@v2l/nn";

/** How much of a codebook is in use. */
export interface TokenUsage {
  /** Entries that occur at all: the paper's "effective tokens". */
  readonly effective: number;
  /** Their share of all entries, 0 to 1. */
  readonly share: number;
  /** exp(entropy) of the distribution: 1 where one entry has it all, the size where all have the same. */
  readonly perplexity: number;
}

/**
 * How much of a codebook is in use. Count the tokens of one codebook only: the official evaluation puts
 * global and local ids, which both start at 0, into one histogram, and finds too many.
 * @param counts how often each entry occurs, or its share; not all 0
 * @throws V2LError INVALID_ARGUMENT
 */
export function tokenUsage(counts: ArrayLike<number>): TokenUsage {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] as number;
  if (!(total > 0)) throw new V2LError("INVALID_ARGUMENT", expected("tokens", "counts", total));
  let effective = 0;
  let entropy = 0;
  for (let i = 0; i < counts.length; i++) {
    const share = (counts[i] as number) / total;
    if (share === 0) continue;
    effective += 1;
    entropy -= share * Math.log(share);
  }
  return { effective, share: effective / counts.length, perplexity: Math.exp(entropy) };
}
