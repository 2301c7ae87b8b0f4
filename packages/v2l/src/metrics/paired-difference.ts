import { expected, V2LError } from "@v2l/nn";
import { type Interval, Z95 } from "./interval.js";

/** How much more often one of two succeeds in the same trials. */
export interface PairedDifference {
  /** Share of the first minus share of the second, -1 to 1. */
  readonly difference: number;
  readonly interval: Interval;
}

/**
 * The difference of two shares over the same trials, with the adjusted Wald interval for paired shares:
 * one trial of each kind of disagreement is added, so that two that never disagree have an interval too.
 * Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on
 * paired data", J. Educ. Behav. Stat. 2012.
 * @param first whether it succeeded, trial by trial
 * @param second the same trials in the same order
 * @throws V2LError INVALID_ARGUMENT where there is no trial, or the lengths differ
 */
export function pairedDifference(
  first: readonly boolean[],
  second: readonly boolean[],
): PairedDifference {
  const n = first.length;
  if (n === 0 || second.length !== n) {
    const what = "as many outcomes as in `first`, at least one";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "second", `${second.length} for ${n}`));
  }
  const onlyFirst = first.filter((success, i) => success && !second[i]).length;
  const onlySecond = second.filter((success, i) => success && !first[i]).length;
  const [p, q] = [(onlyFirst + 1) / (n + 2), (onlySecond + 1) / (n + 2)];
  const reach = Z95 * Math.sqrt((p + q - (p - q) ** 2) / (n + 2));
  return {
    difference: (onlyFirst - onlySecond) / n,
    interval: { low: Math.max(-1, p - q - reach), high: Math.min(1, p - q + reach) },
  };
}
