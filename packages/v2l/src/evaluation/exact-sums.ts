import { expected, V2LError } from "@v2l/nn";
import { checkWholeNumber } from "../whole-number.js";

/** {@link ExactSums} as JSON carries them. */
export interface SumsJson {
  readonly bits: number;
  readonly count: number;
  /** Base64 of little-endian float64. */
  readonly sums: string;
}

/**
 * Sums of vectors that are the same to the last bit in whatever order and in however many pieces they were
 * added up: values are rounded to multiples of 2^-bits, so that sums are whole numbers, which doubles hold
 * exactly below 2^53. Beyond it sums are rounded, and equal up to that.
 */
export class ExactSums {
  private readonly sums: Float64Array;
  private added = 0;

  /** @param bits binary digits behind the point that are kept */
  constructor(
    readonly width: number,
    readonly bits: number,
  ) {
    checkWholeNumber(width, "width", 1);
    this.sums = new Float64Array(width);
  }

  get count(): number {
    return this.added;
  }

  /** [D] */
  get values(): Float64Array {
    const scale = 2 ** this.bits;
    return this.sums.map((sum) => sum / scale);
  }

  /** Adds a vector. @throws V2LError INVALID_ARGUMENT where it has another length or is not finite */
  add(values: ArrayLike<number>): void {
    this.addWhole(onGrid(values, this.width, this.bits));
  }

  /** Adds whole multiples of 2^-bits. */
  addWhole(values: Float64Array): void {
    addTo(this.sums, values);
    this.added++;
  }

  /** Adds all vectors of others. @throws V2LError INVALID_ARGUMENT unless they are of the same kind */
  merge(other: ExactSums): void {
    if (other.width !== this.width || other.bits !== this.bits) {
      const what = `sums of width ${this.width} with ${this.bits} bits`;
      const received = `width ${other.width} with ${other.bits} bits`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, "other", received));
    }
    addTo(this.sums, other.sums);
    this.added += other.added;
  }

  toJson(): SumsJson {
    const bytes = new DataView(new ArrayBuffer(this.width * 8));
    for (const [i, value] of this.sums.entries()) bytes.setFloat64(i * 8, value, true);
    return {
      bits: this.bits,
      count: this.added,
      sums: Buffer.from(bytes.buffer).toString("base64"),
    };
  }

  static fromJson({ bits, count, sums }: SumsJson): ExactSums {
    const bytes = Buffer.from(sums, "base64");
    const read = new ExactSums(bytes.length / 8, bits);
    for (let i = 0; i < read.width; i++) read.sums[i] = bytes.readDoubleLE(i * 8);
    read.added = count;
    return read;
  }
}

/** A vector as whole multiples of 2^-bits. @throws V2LError INVALID_ARGUMENT */
export function onGrid(values: ArrayLike<number>, width: number, bits: number): Float64Array {
  const scale = 2 ** bits;
  const whole = Float64Array.from(values, (value) => Math.round(value * scale));
  if (whole.length === width && whole.every(Number.isFinite)) return whole;
  const received = whole.length === width ? "others" : `${whole.length} values`;
  throw new V2LError("INVALID_ARGUMENT", expected(`${width} finite values`, "values", received));
}

function addTo(sums: Float64Array, others: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (others[i] as number);
}
