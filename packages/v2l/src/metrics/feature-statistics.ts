import { expected, type TensorData, V2LError, type Weights } from "@v2l/nn";
import { fromFloat64, toFloat64 } from "./float64.js";

/** What {@link frechetDistance} compares: mean and covariance of features. */
export type FeatureMoments = Pick<FeatureStatistics, "width" | "mean" | "covariance">;

/**
 * Mean and covariance of features, gathered a batch at a time in float64 and mergeable: what
 * {@link frechetDistance} compares. Batches and parts are joined by the update of Chan, Golub and
 * LeVeque ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979), which
 * loses nothing where the mean is large beside the deviation.
 */
export class FeatureStatistics {
  private images = 0;
  private readonly center: Float64Array;
  /** Sum of the products of deviations from the mean, its lower half. */
  private readonly scatter: Float64Array;

  /** @param width values per feature: 2048 for Inception's, the width of CLIP's */
  constructor(readonly width: number) {
    if (!(Number.isInteger(width) && width >= 1)) {
      throw new V2LError("INVALID_ARGUMENT", expected("an integer of at least 1", "width", width));
    }
    this.center = new Float64Array(width);
    this.scatter = new Float64Array(width * width);
  }

  /** Features so far. */
  get count(): number {
    return this.images;
  }

  /** The mean feature. */
  get mean(): Float64Array {
    return this.center.slice();
  }

  /**
   * Adds features.
   * @param features N times `width` finite values
   * @throws V2LError INVALID_ARGUMENT
   */
  add(features: ArrayLike<number>): void {
    const { width } = this;
    const count = features.length / width;
    if (!Number.isInteger(count)) {
      const what = `a multiple of ${width} values`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "features", features.length));
    }
    if (count === 0) return;
    const mean = new Float64Array(width);
    for (let i = 0; i < features.length; i++) {
      const value = features[i] as number;
      if (!Number.isFinite(value)) {
        throw new V2LError("INVALID_ARGUMENT", expected("finite values", "features", `${value}`));
      }
      mean[i % width] = (mean[i % width] as number) + value / count;
    }
    const deviations = Array.from({ length: count }, (_, row) =>
      Float64Array.from(mean, (center, i) => (features[row * width + i] as number) - center),
    );
    this.join(count, mean, deviations);
  }

  /** Adds all features of another part of the same set. @throws V2LError INVALID_ARGUMENT */
  merge(other: FeatureStatistics): void {
    checkWidths(this, other);
    if (other.images === 0) return;
    for (let i = 0; i < this.scatter.length; i++) {
      this.scatter[i] = (this.scatter[i] as number) + (other.scatter[i] as number);
    }
    this.join(other.images, other.center, []);
  }

  /**
   * The covariance, row by row, divided by the count less one.
   * @throws V2LError INVALID_ARGUMENT with fewer than two features, of which there is none
   */
  covariance(): Float64Array {
    const { images, scatter, width } = this;
    if (images < 2) {
      const what = "the features of at least two images";
      throw new V2LError("INVALID_ARGUMENT", expected(what, "statistics", images));
    }
    const out = new Float64Array(width * width);
    for (let i = 0; i < width; i++) {
      for (let j = 0; j <= i; j++) {
        const value = (scatter[i * width + j] as number) / (images - 1);
        out[i * width + j] = value;
        out[j * width + i] = value;
      }
    }
    return out;
  }

  /** The statistics as tensors, for instance for `writeSafetensors`. */
  toWeights(): Map<string, TensorData> {
    const { width } = this;
    return new Map([
      ["count", fromFloat64(new Float64Array([this.images]), [1])],
      ["mean", fromFloat64(this.center, [width])],
      ["scatter", fromFloat64(this.scatter, [width, width])],
    ]);
  }

  /** What {@link toWeights} made. @throws V2LError CHECKPOINT_MISMATCH */
  static fromWeights(weights: Weights): FeatureStatistics {
    const width = weights.get("mean")?.shape[0] ?? 0;
    const read = new FeatureStatistics(Math.max(1, width));
    const [images = 0] = toFloat64(weights, "count", [1]);
    read.images = images;
    read.center.set(toFloat64(weights, "mean", [width]));
    read.scatter.set(toFloat64(weights, "scatter", [width, width]));
    return read;
  }

  /** Takes in `count` features with this mean, of whose scatter the `deviations` are what is not added yet. */
  private join(count: number, mean: Float64Array, deviations: Float64Array[]): void {
    const total = this.images + count;
    const between = Math.sqrt((this.images * count) / total);
    const shift = this.center.map((center, i) => (mean[i] as number) - center);
    addProducts(this.scatter, [...deviations, shift.map((value) => value * between)]);
    for (let i = 0; i < this.width; i++) {
      this.center[i] = (this.center[i] as number) + ((shift[i] as number) * count) / total;
    }
    this.images = total;
  }
}

/** @throws V2LError INVALID_ARGUMENT where features are of different widths */
export function checkWidths(a: FeatureMoments, b: FeatureMoments): void {
  if (a.width === b.width) return;
  const what = `statistics of ${a.width} values`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "b", b.width));
}

/** Adds the products of each row with itself to the lower half, four rows in one pass. */
function addProducts(scatter: Float64Array, rows: readonly Float64Array[]): void {
  const width = rows[0]?.length ?? 0;
  const zeros = new Float64Array(width);
  for (let first = 0; first < rows.length; first += 4) {
    const [a = zeros, b = zeros, c = zeros, d = zeros] = rows.slice(first, first + 4);
    for (let i = 0; i < width; i++) {
      const [ai, bi, ci, di] = [a[i] as number, b[i] as number, c[i] as number, d[i] as number];
      for (let j = 0; j <= i; j++) {
        scatter[i * width + j] =
          (scatter[i * width + j] as number) +
          ai * (a[j] as number) +
          bi * (b[j] as number) +
          ci * (c[j] as number) +
          di * (d[j] as number);
      }
    }
  }
}
