import type { Ids } from "@v2l/llm";
import type { Random } from "@v2l/nn";

/** Shares of tokens replaced in the ten demonstrations of the official prompts: 0.50 down to 0.23. */
export const PAPER_RATES: readonly number[] = Array.from(
  { length: 10 },
  (_, i) => (50 - 3 * i) / 100,
);

/** Replacements that make a noisy copy of an image's tokens. */
export interface Disturbance {
  /** Places in the list of all tokens, global words first. */
  readonly positions: Ids;
  /** What each of them becomes. */
  readonly replacements: Ids;
}

/** How many tokens an image has, and from how many a replacement is drawn. */
export interface TokenCounts {
  readonly global: number;
  readonly local: number;
  readonly vocabulary: number;
}

/**
 * Draws the noise of the ten demonstrations as the official code does: of each rate the share counts
 * global tokens too, but only local ones are replaced, so that 54% to 25% of the grid really are.
 */
export function drawDisturbances(
  { global, local, vocabulary }: TokenCounts,
  random: Random,
): Disturbance[] {
  const places = Array.from({ length: local }, (_, cell) => global + cell);
  return PAPER_RATES.map((rate) => {
    const count = Math.min(local, Math.floor(rate * (global + local)));
    const positions = random.shuffle([...places]).slice(0, count);
    return { positions, replacements: positions.map(() => random.integer(vocabulary)) };
  });
}

/** A copy of the tokens with the replacements made. */
export function disturb(tokens: Ids, { positions, replacements }: Disturbance): number[] {
  const copy = [...tokens];
  positions.forEach((position, i) => {
    copy[position] = replacements[i] as number;
  });
  return copy;
}
