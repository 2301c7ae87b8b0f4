import { randomFor } from "./random.js";

/**
 * The order in which a data set of `length` items is visited: every epoch is a fresh permutation, and
 * the item at a position depends on (seed, position) only, so that a resumed run continues exactly.
 */
export class DataOrder {
  private epoch = -1;
  private permutation: number[] = [];

  constructor(
    private readonly length: number,
    private readonly seed: number,
  ) {}

  /** The item at `position` = step * batch + slot. */
  at(position: number): number {
    const epoch = Math.floor(position / this.length);
    if (epoch !== this.epoch) {
      const items = Array.from({ length: this.length }, (_, item) => item);
      this.permutation = randomFor(this.seed, `order/${epoch}`).shuffle(items);
      this.epoch = epoch;
    }
    return this.permutation[position % this.length] as number;
  }

  /** The items of one step. */
  batch(step: number, size: number): number[] {
    return Array.from({ length: size }, (_, slot) => this.at(step * size + slot));
  }
}
