import { expected, V2LError } from "@v2l/nn";
import { type Interval, Z95 } from "./interval.js";

/** A mean over images. */
export interface Mean {
  readonly mean: number;
  /** 95%, see {@link meanOf}. */
  readonly interval: Interval;
}

/**
 * The mean of independent values, with the interval that the central limit theorem gives:
 * 1.96 standard errors to each side, for few values too narrow.
 * @param values at least two
 * @throws V2LError INVALID_ARGUMENT
 */
export function meanOf(values: readonly number[]): Mean {
  const n = values.length;
  if (n < 2) throw new V2LError("INVALID_ARGUMENT", expected("at least two", "values", n));
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const reach = Z95 * Math.sqrt(variance / n);
  return { mean, interval: { low: mean - reach, high: mean + reach } };
}
