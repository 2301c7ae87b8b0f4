import { ServerError } from "./errors.js";

export interface QueueOptions {
  /** Jobs that run at once. */
  readonly concurrency: number;
  /** Jobs that may wait; the next is refused. */
  readonly length: number;
}

/** A job's place: it runs until it gives the place back. */
export interface Slot {
  release(): void;
}

interface Waiting {
  readonly begin: () => void;
}

/** How much the last job counts in the mean of how long jobs take. */
const NEWEST = 0.2;

/**
 * A queue of bounded length, first come first served. Who comes when it is full is refused at once, with
 * a guess of when there will be room.
 */
export class RequestQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  /** Seconds that a job takes, a moving mean. */
  #mean = 1;
  #refused = 0;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Jobs refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /**
   * Waits for a place. Whoever gets one must release it when the work has really ended.
   * @throws ServerError QUEUE_FULL, also where the time for the request ends before its turn; else the
   *   signal's reason.
   */
  enter(signal: AbortSignal): Promise<Slot> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#running < this.#options.concurrency) return Promise.resolve(this.#take());
    if (this.#waiting.length >= this.#options.length) return Promise.reject(this.#full());
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(place), 1);
        const { reason } = signal;
        const late = reason instanceof ServerError && reason.code === "TIME_LIMIT";
        reject(late ? this.#full() : reason);
      };
      const place: Waiting = {
        begin: () => {
          signal.removeEventListener("abort", leave);
          resolve(this.#take());
        },
      };
      this.#waiting.push(place);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /**
   * Runs a job in its turn. When the signal is aborted the caller hears of it at once, but the place
   * stays taken until the job has ended: what cannot be stopped still uses the engines.
   */
  async run<T>(job: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const slot = await this.enter(signal);
    const result = job().finally(() => slot.release());
    return untilAborted(result, signal);
  }

  #take(): Slot {
    this.#running++;
    const begun = performance.now();
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#running--;
        this.#mean += NEWEST * ((performance.now() - begun) / 1000 - this.#mean);
        this.#waiting.shift()?.begin();
      },
    };
  }

  #full(): ServerError {
    this.#refused++;
    const { concurrency } = this.#options;
    const seconds = ((this.#waiting.length + 1) * this.#mean) / concurrency;
    const retryAfter = Math.min(60, Math.max(1, Math.ceil(seconds)));
    const message = `Expected room in the queue but received a request beyond it. Try again in ${retryAfter} s`;
    return new ServerError("QUEUE_FULL", message, { retryAfter });
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
