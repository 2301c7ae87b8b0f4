import { type Interval, wilsonInterval } from "./interval.js";

/** A share of trials of which several may be about one image. */
export interface Share {
  /** 0 to 1; 0 of none. */
  readonly share: number;
  /** How many trials. */
  readonly of: number;
  /** 95%, see {@link shareOf}. */
  readonly interval: Interval;
}

/** Trials about one image. */
export interface ImageTrials {
  /** Equal in all trials about it. */
  readonly image: object | string;
  /** How many of them succeeded. */
  readonly count: number;
  /** How many there were. */
  readonly of: number;
}

/**
 * The share of all trials that succeeded. Trials about one image are not independent, so its interval is
 * Wilson's at the effective number of trials: the trials divided by the design effect, which is the
 * variance of the share between images over that of independent trials, and at least 1 (Kish, "Survey
 * Sampling", 1965). Where all trials succeeded or all failed, an image counts as one trial.
 */
export function shareOf(trials: readonly ImageTrials[]): Share {
  const images = new Map<object | string, { count: number; of: number }>();
  for (const { image, count, of } of trials) {
    const before = images.get(image) ?? { count: 0, of: 0 };
    images.set(image, { count: before.count + count, of: before.of + of });
  }
  const all = [...images.values()].filter(({ of }) => of > 0);
  const of = all.reduce((sum, one) => sum + one.of, 0);
  if (of === 0) return { share: 0, of, interval: { low: 0, high: 1 } };
  const share = all.reduce((sum, one) => sum + one.count, 0) / of;
  const effective = effectiveTrials(all, share, of);
  return { share, of, interval: wilsonInterval(share * effective, effective) };
}

function effectiveTrials(
  images: readonly Omit<ImageTrials, "image">[],
  share: number,
  of: number,
): number {
  const independent = of * share * (1 - share);
  if (independent === 0) return images.length;
  const between = images.reduce((sum, one) => sum + (one.count - share * one.of) ** 2, 0);
  return Math.max(1, of / Math.max(1, between / independent));
}
