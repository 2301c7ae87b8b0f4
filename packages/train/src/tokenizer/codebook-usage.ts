import { fromFloat32, type TensorData, toFloat32 } from "@v2l/nn";
import { tokenUsage } from "v2l";

/** How much of older batches counts; 0.99 looks back over about a hundred steps. */
const DECAY = 0.99;
/** An entry counts as used while it holds at least this share of an even distribution. */
const USED = 0.01;

export interface UsageRecord {
  /** Different entries in this batch. */
  readonly codes: number;
  /** Share of all entries in use lately, 0 to 1. */
  readonly usage: number;
  /** exp(entropy) of the entries in use lately: 1 means collapsed, V means even. */
  readonly perplexity: number;
}

/** Running statistics of the local tokens: a collapsing codebook must show in the log. */
export class CodebookUsage {
  private shares: Float32Array;

  constructor(size: number) {
    this.shares = new Float32Array(size);
  }

  /** Counts one batch of tokens. */
  update(tokens: ArrayLike<bigint | number>): UsageRecord {
    const { shares } = this;
    const counts = new Float32Array(shares.length);
    for (let i = 0; i < tokens.length; i++) {
      const token = Number(tokens[i]);
      counts[token] = (counts[token] as number) + 1;
    }
    let codes = 0;
    for (let v = 0; v < shares.length; v++) {
      const count = counts[v] as number;
      if (count > 0) codes += 1;
      shares[v] = DECAY * (shares[v] as number) + ((1 - DECAY) * count) / tokens.length;
    }
    return { codes, ...this.summary() };
  }

  state(): TensorData {
    return fromFloat32(this.shares.slice(), [this.shares.length]);
  }

  restore(state: TensorData): void {
    this.shares = toFloat32(state).slice();
  }

  private summary(): Omit<UsageRecord, "codes"> {
    const total = this.shares.reduce((sum, share) => sum + share, 0);
    const least = (USED * total) / this.shares.length;
    const used = this.shares.filter((share) => share > least).length;
    return { usage: used / this.shares.length, perplexity: tokenUsage(this.shares).perplexity };
  }
}
