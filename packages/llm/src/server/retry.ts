import { Random } from "@v2l/nn";

/** When a request is sent again. Times are milliseconds. */
export interface RetryOptions {
  /** Requests after the first one. Default 4. */
  readonly retries?: number;
  /** Longest first pause; each further one may be twice as long. Default 500. */
  readonly firstDelay?: number;
  /** Longest pause of all, also where the server asks for one. Default 30000. */
  readonly maxDelay?: number;
  /** Seed of the pauses' jitter. Default: another one for each model. */
  readonly seed?: number;
}

/** Exponential backoff with jitter, unless the server says how long to wait. */
export class RetryPolicy {
  readonly retries: number;
  readonly maxDelay: number;
  readonly #firstDelay: number;
  readonly #random: Random;

  constructor(options: RetryOptions, seed: number) {
    this.retries = options.retries ?? 4;
    this.maxDelay = options.maxDelay ?? 30_000;
    this.#firstDelay = options.firstDelay ?? 500;
    this.#random = new Random(options.seed ?? seed);
  }

  /**
   * The pause before request number `tries` + 1, or null to give up.
   * @param tries requests sent so far
   * @param retryAfter what the server asks for, null where it does not
   */
  delay(tries: number, retryAfter: number | null): number | null {
    if (tries > this.retries) return null;
    if (retryAfter !== null) return retryAfter <= this.maxDelay ? retryAfter : null;
    const longest = Math.min(this.maxDelay, this.#firstDelay * 2 ** (tries - 1));
    return longest * this.#random.uniform(0.5, 1);
  }
}

/** Milliseconds that a Retry-After header asks for: seconds or a date; null where it is neither. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
