import { expected, V2LError } from "@v2l/nn";

/** Two-sided, with 95% confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5% quantile of the standard normal distribution. */
export const Z95 = 1.959963984540054;

/**
 * Wilson's 95% score interval for a share: sensible for few trials and shares near 0 and 1 too.
 * Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
 * @param successes 0 to `n`
 * @param n independent trials, at least 1
 * @throws V2LError INVALID_ARGUMENT
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (!(n >= 1 && successes >= 0 && successes <= n)) {
    const received = `${successes} of ${n}`;
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("at least one trial and at most as many successes", "successes", received),
    );
  }
  const share = successes / n;
  const center = (share + Z95 ** 2 / (2 * n)) / (1 + Z95 ** 2 / n);
  const reach =
    (Z95 / (1 + Z95 ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z95 ** 2 / (4 * n ** 2));
  return { low: Math.max(0, center - reach), high: Math.min(1, center + reach) };
}
