import { type Interval, wilsonInterval } from "v2l";

/** A share of trials. */
export interface Share {
  /** 0 to 1; 0 of none. */
  readonly share: number;
  /** How many trials. */
  readonly of: number;
  /** Wilson's 95% interval; somewhat narrow where several trials are about one scene. */
  readonly interval: Interval;
}

export function shareOf(count: number, of: number): Share {
  if (of === 0) return { share: 0, of, interval: { low: 0, high: 1 } };
  return { share: count / of, of, interval: wilsonInterval(count, of) };
}
