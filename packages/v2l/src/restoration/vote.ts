/** A token for each cell and its log-probability, by cell. */
export type Votes = ReadonlyMap<number, { readonly token: number; readonly logProb: number }>;

/**
 * One token for each cell out of several fills: the one with the largest sum of probabilities, of equal
 * ones that of the earlier fill. It keeps the largest log-probability that a fill gave it.
 */
export function vote(fills: readonly Votes[]): Votes {
  const result = new Map<number, { token: number; logProb: number }>();
  for (const cell of new Set(fills.flatMap((fill) => [...fill.keys()]))) {
    const tokens = new Map<number, { sum: number; logProb: number }>();
    for (const fill of fills) {
      const one = fill.get(cell);
      if (one === undefined) continue;
      const { sum, logProb } = tokens.get(one.token) ?? { sum: 0, logProb: -Infinity };
      const best = Math.max(logProb, one.logProb);
      tokens.set(one.token, { sum: sum + Math.exp(one.logProb), logProb: best });
    }
    const ranked = [...tokens].sort(([, a], [, b]) => b.sum - a.sum);
    const [token, { logProb }] = ranked[0] as (typeof ranked)[number];
    result.set(cell, { token, logProb });
  }
  return result;
}
