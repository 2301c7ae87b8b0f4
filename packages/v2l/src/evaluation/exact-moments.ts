import { expected, V2LError } from "@v2l/nn";
import { ExactSums, onGrid, type SumsJson } from "./exact-sums.js";

/** {@link ExactMoments} as JSON carries them. */
export interface MomentsJson {
  readonly sums: SumsJson;
  readonly products: SumsJson;
}

/**
 * Mean and covariance of vectors, from {@link ExactSums} of them and of their products: the same in whatever
 * pieces they were added up, as long as count * value^2 stays below 2^(53 - 2 bits).
 */
export class ExactMoments {
  /** Products of the vector that is being added: the upper triangle, row by row. */
  private readonly triangle: Float64Array;

  private constructor(
    private readonly sums: ExactSums,
    private readonly products: ExactSums,
  ) {
    this.triangle = new Float64Array(products.width);
  }

  /** @param bits binary digits behind the point that are kept of the vectors' values */
  static of(width: number, bits: number): ExactMoments {
    const products = new ExactSums((width * (width + 1)) / 2, 2 * bits);
    return new ExactMoments(new ExactSums(width, bits), products);
  }

  get width(): number {
    return this.sums.width;
  }

  get count(): number {
    return this.sums.count;
  }

  /** Adds a vector. @throws V2LError INVALID_ARGUMENT where it has another length or is not finite */
  add(values: ArrayLike<number>): void {
    const { width, triangle } = this;
    const whole = onGrid(values, width, this.sums.bits);
    let at = 0;
    for (let i = 0; i < width; i++) {
      const one = whole[i] as number;
      for (let j = i; j < width; j++) triangle[at++] = one * (whole[j] as number);
    }
    this.sums.addWhole(whole);
    this.products.addWhole(triangle);
  }

  /** Adds all vectors of others. @throws V2LError INVALID_ARGUMENT unless they are of the same kind */
  merge(other: ExactMoments): void {
    this.sums.merge(other.sums);
    this.products.merge(other.products);
  }

  /** [D] */
  get mean(): Float64Array {
    return this.sums.values.map((sum) => sum / this.count);
  }

  /**
   * [D,D] row by row, with n - 1.
   * @throws V2LError INVALID_ARGUMENT where there are fewer than two vectors
   */
  covariance(): Float64Array {
    const { width, count } = this;
    if (count < 2) {
      throw new V2LError("INVALID_ARGUMENT", expected("at least two vectors", "moments", count));
    }
    const [sums, products] = [this.sums.values, this.products.values];
    const covariance = new Float64Array(width * width);
    let at = 0;
    for (let i = 0; i < width; i++) {
      const average = (sums[i] as number) / count;
      for (let j = i; j < width; j++, at++) {
        const value = ((products[at] as number) - average * (sums[j] as number)) / (count - 1);
        covariance[i * width + j] = value;
        covariance[j * width + i] = value;
      }
    }
    return covariance;
  }

  toJson(): MomentsJson {
    return { sums: this.sums.toJson(), products: this.products.toJson() };
  }

  static fromJson({ sums, products }: MomentsJson): ExactMoments {
    return new ExactMoments(ExactSums.fromJson(sums), ExactSums.fromJson(products));
  }
}
