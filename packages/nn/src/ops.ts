/** Options of {@link Ops.conv2d}. Padding is [top, left, bottom, right]; a number pads all sides. */
export interface ConvOptions {
  readonly stride?: number;
  readonly padding?: number | readonly [number, number, number, number];
}

/** Options of pooling. Stride 1 and no padding by default. */
export interface PoolOptions {
  readonly stride?: number;
  /** On all four sides. Padded places take no part: they are neither largest nor counted. */
  readonly padding?: number;
}

/** The learned and running tensors of a batch normalisation. */
export interface BatchNormTensors<T> {
  readonly weight: T;
  readonly bias: T;
  readonly runningMean: T;
  readonly runningVar: T;
}

/**
 * The operators the networks are written in. `T` is a tensor of the implementation:
 * a libtorch tensor (training, GPU) or a value of an ONNX graph (inference).
 *
 * Tensors are float32 and NCHW unless said otherwise; indices are int64. Negative dimension
 * numbers count from the end. Element-wise operators broadcast as NumPy does. Every method returns a
 * new tensor and leaves its arguments alone (the running statistics of {@link batchNorm} in training
 * are the exception).
 */
export interface Ops<T> {
  /**
   * The sizes of `x`. In a graph (ONNX) the first is -1 where the batch size is not known, and a
   * sequence's length -2 where it is chosen at every run.
   */
  shape(x: T): readonly number[];
  /** A tensor of known values: float32 for numbers, int64 for bigints. */
  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): T;

  /** 2-D convolution. x [N,C,H,W], weight [O,C,kh,kw], bias [O]. Padding is with zeros. */
  conv2d(x: T, weight: T, bias: T | null, options?: ConvOptions): T;
  /** x [...,I] times weight [O,I] transposed, plus bias [O]. */
  linear(x: T, weight: T, bias: T | null): T;
  /** Batched matrix product over the last two dimensions. */
  matmul(a: T, b: T): T;
  /** Row gather: weight [V,D], indices int64 [...]; result [...,D]. */
  embedding(weight: T, indices: T): T;

  /** Group normalisation over x [N,C,...] with affine weight and bias [C]. */
  groupNorm(x: T, groups: number, weight: T, bias: T, eps: number): T;
  /** Normalisation over the last dimension with affine weight and bias. */
  layerNorm(x: T, weight: T, bias: T, eps: number): T;
  /** x over the root of its mean square plus eps, along the last dimension, times weight. */
  rmsNorm(x: T, weight: T, eps: number): T;
  /**
   * Batch normalisation over x [N,C,H,W]. In training it normalises with batch statistics and moves
   * the running ones by `momentum` (unbiased variance); otherwise it uses the running ones.
   */
  batchNorm(
    x: T,
    tensors: BatchNormTensors<T>,
    options: { training: boolean; momentum: number; eps: number },
  ): T;

  relu(x: T): T;
  leakyRelu(x: T, slope: number): T;
  sigmoid(x: T): T;
  /** x * sigmoid(x); the official code calls it swish ("nonlinearity"). */
  silu(x: T): T;
  softmax(x: T, dim: number): T;

  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  /** x * factor + offset. */
  affine(x: T, factor: number, offset?: number): T;
  sqrt(x: T): T;
  square(x: T): T;
  abs(x: T): T;

  /** New sizes; one entry may be -1. Entries of {@link shape} may be passed through. */
  reshape(x: T, shape: readonly number[]): T;
  permute(x: T, order: readonly number[]): T;
  concat(xs: readonly T[], dim: number): T;
  /** Elements `start` (included) to `end` (excluded) along `dim`; from 0, `end` may be any entry of {@link shape}. */
  slice(x: T, dim: number, start: number, end: number): T;
  /** Copies `x` along its first dimension (size 1) so that it matches the batch of `like`. */
  expandBatch(x: T, like: T): T;
  /** Nearest-neighbour upsampling by two in height and width. */
  upsample2x(x: T): T;
  /** The largest value under each square window of `size`. x [N,C,H,W]. */
  maxPool2d(x: T, size: number, options?: PoolOptions): T;
  /** The mean of the values under each square window of `size`. x [N,C,H,W]. */
  averagePool2d(x: T, size: number, options?: PoolOptions): T;

  /** Arithmetic mean over `dims`. */
  mean(x: T, dims: readonly number[], keepDims?: boolean): T;
  sum(x: T, dims: readonly number[], keepDims?: boolean): T;

  /** int64 positions of the smallest entries along `dim` (removed). Ties go to the lowest index. */
  argmin(x: T, dim: number): T;
  /** The `k` smallest entries along the last dimension, smallest first; indices are int64. */
  smallest(x: T, k: number): { values: T; indices: T };

  /** The same values, cut from the gradient graph. The identity where there are no gradients. */
  detach(x: T): T;
}
