import { KINDS, type Kind } from "./corpus/document.js";

/** Sums up losses of single tokens by the kind of text they are from. */
export class KindLosses {
  private readonly sums = new Float64Array(KINDS.length);
  private readonly counts = new Float64Array(KINDS.length);

  /** @param kinds for each loss, a place in {@link KINDS} */
  add(losses: Float32Array, kinds: Uint8Array): void {
    for (let i = 0; i < losses.length; i++) {
      const kind = kinds[i] as number;
      this.sums[kind] = (this.sums[kind] as number) + (losses[i] as number);
      this.counts[kind] = (this.counts[kind] as number) + 1;
    }
  }

  /** The mean over all tokens of these kinds. */
  mean(kinds: readonly Kind[] = KINDS): number {
    const total = (values: Float64Array) => {
      return kinds.reduce((sum, kind) => sum + (values[KINDS.indexOf(kind)] as number), 0);
    };
    return total(this.sums) / total(this.counts);
  }

  /** The mean of each kind that occurred, as `<prefix>.<kind>`. */
  byKind(prefix: string): Record<string, number> {
    const means = KINDS.flatMap((kind, i) => {
      const count = this.counts[i] as number;
      return count === 0 ? [] : [[`${prefix}.${kind}`, (this.sums[i] as number) / count] as const];
    });
    return Object.fromEntries(means);
  }
}
