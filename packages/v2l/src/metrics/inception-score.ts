import { expected, type TensorData, V2LError, type Weights } from "@v2l/nn";
import { fromFloat64, toFloat64 } from "./float64.js";

export interface InceptionScoreOptions {
  /** Parts of the set, each scored by itself. Default 10. */
  readonly splits?: number;
  /**
   * What becomes of images beyond a multiple of `splits`: `spread`, the default, makes parts of two sizes, as
   * the code of Salimans et al.; `drop` leaves the last images out, as the V2L Tokenizer's code.
   */
  readonly remainder?: "spread" | "drop";
}

export interface InceptionScoreResult {
  /** At least 1, at most the number of classes. */
  readonly mean: number;
  /** Standard deviation over the parts, their number in the denominator. */
  readonly std: number;
  readonly splits: readonly number[];
}

/** Probabilities are rounded to multiples of its inverse: sums of up to 65,536 of them are exact. */
const GRID = 2 ** 37;

/**
 * The Inception score, gathered a batch at a time and mergeable, the same to the last bit however the set is
 * divided: of each part of the set
 * `exp(mean KL(p(y|x) || p(y)))`, then mean and deviation over the parts. Salimans et al., "Improved Techniques for
 * Training GANs", 2016; the class probabilities are those of {@link Inception}.
 */
export class InceptionScore {
  private readonly splits: number;
  /** Images and sum of the probabilities for each part, and the sum of `p log p` of each image. */
  private readonly counts: Float64Array;
  private readonly logs: Float64Array;
  private readonly sums: Float64Array;
  /** Position of the first image of each part, and where the last one ends. */
  private readonly starts: readonly number[];

  /**
   * @param total images in the whole set, at least one for each part
   * @param classes probabilities of one image
   */
  constructor(
    private readonly total: number,
    private readonly classes: number,
    private readonly options: InceptionScoreOptions = {},
  ) {
    const { splits = 10, remainder = "spread" } = options;
    if (!(Number.isInteger(splits) && splits >= 1)) {
      const what = "an integer of at least 1";
      throw new V2LError("INVALID_ARGUMENT", expected(what, "splits", splits));
    }
    if (!(Number.isInteger(total) && total >= splits)) {
      const what = `at least ${splits} images, one for each part`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "total", total));
    }
    this.splits = splits;
    this.starts = Array.from({ length: splits + 1 }, (_, i) =>
      remainder === "drop" ? i * Math.floor(total / splits) : Math.floor((i * total) / splits),
    );
    this.counts = new Float64Array(splits);
    this.logs = new Float64Array(total);
    this.sums = new Float64Array(splits * classes);
  }

  /**
   * Adds images that follow each other in the set.
   * @param first position of the first one in the whole set, from 0
   * @param probabilities N times `classes` values
   * @throws V2LError INVALID_ARGUMENT
   */
  add(first: number, probabilities: ArrayLike<number>): void {
    const count = probabilities.length / this.classes;
    if (!Number.isInteger(count)) {
      const what = `a multiple of ${this.classes} values`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "probabilities", probabilities.length));
    }
    if (!(Number.isInteger(first) && first >= 0 && first + count <= this.total)) {
      const what = `positions from 0 to ${this.total - 1}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "first", `${first} for ${count}`));
    }
    for (let n = 0; n < count; n++) this.addOne(first + n, probabilities, n * this.classes);
  }

  /** Adds all images of another part of the same set. @throws V2LError INVALID_ARGUMENT */
  merge(other: InceptionScore): void {
    if (other.starts.join() !== this.starts.join() || other.classes !== this.classes) {
      const what = `the score of a set of ${this.total} images in ${this.splits} parts`;
      const received = `${other.total} in ${other.splits}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "other", received));
    }
    for (const [mine, others] of [
      [this.counts, other.counts],
      [this.logs, other.logs],
      [this.sums, other.sums],
    ] as const) {
      for (let i = 0; i < mine.length; i++) mine[i] = (mine[i] as number) + (others[i] as number);
    }
  }

  /** @throws V2LError INVALID_ARGUMENT while images are missing or where some were added twice */
  result(): InceptionScoreResult {
    const splits = Array.from({ length: this.splits }, (_, i) => this.score(i));
    const mean = splits.reduce((sum, one) => sum + one, 0) / splits.length;
    const variance = splits.reduce((sum, one) => sum + (one - mean) ** 2, 0) / splits.length;
    return { mean, std: Math.sqrt(variance), splits };
  }

  /** The sums as tensors, for instance for `writeSafetensors`. */
  toWeights(): Map<string, TensorData> {
    const drop = this.options.remainder === "drop" ? 1 : 0;
    return new Map([
      ["set", fromFloat64(new Float64Array([this.total, drop]), [2])],
      ["counts", fromFloat64(this.counts, [this.splits])],
      ["logs", fromFloat64(this.logs, [this.total])],
      ["sums", fromFloat64(this.sums, [this.splits, this.classes])],
    ]);
  }

  /** What {@link toWeights} made. @throws V2LError CHECKPOINT_MISMATCH */
  static fromWeights(weights: Weights): InceptionScore {
    const [splits = 0, classes = 0] = weights.get("sums")?.shape ?? [];
    const [total = 0, drop = 0] = toFloat64(weights, "set", [2]);
    const remainder = drop === 1 ? "drop" : "spread";
    // Before there is room for them.
    const logs = toFloat64(weights, "logs", [total]);
    const read = new InceptionScore(total, classes, { splits, remainder });
    read.counts.set(toFloat64(weights, "counts", [splits]));
    read.logs.set(logs);
    read.sums.set(toFloat64(weights, "sums", [splits, classes]));
    return read;
  }

  private addOne(position: number, probabilities: ArrayLike<number>, offset: number): void {
    const split = this.starts.findLastIndex((start) => start <= position);
    if (split >= this.splits) return;
    let log = 0;
    for (let c = 0; c < this.classes; c++) {
      const p = probabilities[offset + c] as number;
      if (!(p >= 0 && p <= 1 + 1e-6)) {
        const what = "probabilities from 0 to 1";
        throw new V2LError("INVALID_ARGUMENT", expected(what, "probabilities", `${p}`));
      }
      const rounded = Math.round(p * GRID) / GRID;
      if (rounded > 0) log += rounded * Math.log(rounded);
      const at = split * this.classes + c;
      this.sums[at] = (this.sums[at] as number) + rounded;
    }
    this.counts[split] = (this.counts[split] as number) + 1;
    this.logs[position] = (this.logs[position] as number) + log;
  }

  /** exp of the mean divergence of a part: `mean(sum p log p) - sum q log q`, q the mean of p. */
  private score(split: number): number {
    const count = this.counts[split] as number;
    const wanted = (this.starts[split + 1] as number) - (this.starts[split] as number);
    if (count !== wanted) {
      const what = `${wanted} images in part ${split + 1} of ${this.splits}`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "probabilities", count));
    }
    let marginal = 0;
    for (let c = 0; c < this.classes; c++) {
      const q = (this.sums[split * this.classes + c] as number) / count;
      if (q > 0) marginal += q * Math.log(q);
    }
    const logs = this.logs.subarray(this.starts[split], this.starts[split + 1]);
    return Math.exp(logs.reduce((sum, log) => sum + log, 0) / count - marginal);
  }
}

/**
 * The Inception score of a whole set.
 * @param probabilities N times `classes` values, in the order of the set
 * @throws V2LError INVALID_ARGUMENT, also with fewer images than parts
 */
export function inceptionScore(
  probabilities: ArrayLike<number>,
  classes: number,
  options: InceptionScoreOptions = {},
): InceptionScoreResult {
  const score = new InceptionScore(Math.floor(probabilities.length / classes), classes, options);
  score.add(0, probabilities);
  return score.result();
}
