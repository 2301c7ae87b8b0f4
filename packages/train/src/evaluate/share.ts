import { type Interval, wilsonInterval } from "v2l";

/** A share of trials of which several may be about one scene. */
export interface Share {
  /** 0 to 1; 0 of none. */
  readonly share: number;
  /** How many trials. */
  readonly of: number;
  /** 95%, see {@link shareOf}. */
  readonly interval: Interval;
}

/** Trials about one scene. */
export interface SceneTrials {
  readonly scene: object;
  /** How many of them succeeded. */
  readonly count: number;
  /** How many there were. */
  readonly of: number;
}

/**
 * The share of all trials that succeeded. Trials about one scene are not independent, so its interval is
 * Wilson's at the effective number of trials: the trials divided by the design effect, which is the
 * variance of the share between scenes over that of independent trials, and at least 1 (Kish, "Survey
 * Sampling", 1965). Where all trials succeeded or all failed, a scene counts as one trial.
 */
export function shareOf(trials: readonly SceneTrials[]): Share {
  const scenes = new Map<object, { count: number; of: number }>();
  for (const { scene, count, of } of trials) {
    const before = scenes.get(scene) ?? { count: 0, of: 0 };
    scenes.set(scene, { count: before.count + count, of: before.of + of });
  }
  const all = [...scenes.values()].filter(({ of }) => of > 0);
  const of = all.reduce((sum, one) => sum + one.of, 0);
  if (of === 0) return { share: 0, of, interval: { low: 0, high: 1 } };
  const share = all.reduce((sum, one) => sum + one.count, 0) / of;
  const effective = effectiveTrials(all, share, of);
  return { share, of, interval: wilsonInterval(share * effective, effective) };
}

function effectiveTrials(
  scenes: readonly Omit<SceneTrials, "scene">[],
  share: number,
  of: number,
): number {
  const independent = of * share * (1 - share);
  if (independent === 0) return scenes.length;
  const between = scenes.reduce((sum, one) => sum + (one.count - share * one.of) ** 2, 0);
  return Math.max(1, of / Math.max(1, between / independent));
}
