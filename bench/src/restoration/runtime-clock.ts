import { LlamaModel } from "node-llama-cpp";

/** What is timed of node-llama-cpp's native context. */
const TIMED = ["decodeBatch", "sampleToken"] as const;
type NativeContext = Record<(typeof TIMED)[number], (...words: unknown[]) => Promise<unknown>>;

/**
 * Measures how long llama.cpp is at work: evaluating batches and reading their results. Calls that
 * overlap count once.
 */
export class RuntimeClock {
  #active = 0;
  #since = 0;
  #total = 0;

  /**
   * A clock for all contexts of this process that are made afterwards. It puts itself before two methods
   * of their native part, which node-llama-cpp does not offer to its users.
   */
  static install(): RuntimeClock {
    const clock = new RuntimeClock();
    const create = LlamaModel.prototype.createContext;
    LlamaModel.prototype.createContext = async function (options) {
      const context = await create.call(this, options);
      clock.#watch((context as unknown as { readonly _ctx: NativeContext })._ctx);
      return context;
    };
    return clock;
  }

  /** Seconds so far. */
  get seconds(): number {
    return this.#total / 1000;
  }

  #watch(native: NativeContext): void {
    for (const name of TIMED) {
      const run = native[name].bind(native);
      const value = (...words: unknown[]) => this.time(run(...words));
      Object.defineProperty(native, name, { value });
    }
  }

  /** Counts what a call takes. */
  async time<T>(work: Promise<T>): Promise<T> {
    if (this.#active++ === 0) this.#since = performance.now();
    try {
      return await work;
    } finally {
      if (--this.#active === 0) this.#total += performance.now() - this.#since;
    }
  }
}
