/**
 * A seeded generator of pseudo-random numbers (xoshiro128**, state filled by SplitMix32).
 * Equal seeds give equal sequences on every platform. Not for secrets.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  /** @param seed any integer up to 2^53 */
  constructor(seed: number) {
    let mix = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 4; i++) {
      mix = (mix + 0x9e3779b9) >>> 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      this.#state[i] = z ^ (z >>> 15);
    }
  }

  /** A generator that goes on where another one stood. @param state what `state()` returned */
  static fromState(state: readonly number[]): Random {
    const random = new Random(0);
    random.#state.set(state);
    return random;
  }

  /** The four 32-bit words that determine everything to come, to be stored in a checkpoint. */
  state(): number[] {
    return [...this.#state];
  }

  /** 32 random bits, 0 to 2^32 - 1. */
  bits(): number {
    const s = this.#state;
    // Indexed reads: destructuring a typed array goes through its iterator, many times slower.
    const s0 = s[0] as number;
    const s1 = s[1] as number;
    const s2 = s[2] as number;
    const s3 = s[3] as number;
    const scrambled = Math.imul(s1, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    s[1] = s1 ^ t2;
    s[0] = s0 ^ t3;
    s[2] = t2 ^ (s1 << 9);
    s[3] = (t3 << 11) | (t3 >>> 21);
    return result;
  }

  /** A number in [low, high). */
  uniform(low = 0, high = 1): number {
    const unit = ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
    return low + (high - low) * unit;
  }

  /** A number of the standard normal distribution (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** An integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Shuffles in place (Fisher and Yates) and returns the array. */
  shuffle<T>(array: T[]): T[] {
    for (let i = array.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [array[i], array[j]] = [array[j] as T, array[i] as T];
    }
    return array;
  }
}
