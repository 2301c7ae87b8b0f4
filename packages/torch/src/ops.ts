import type { BatchNormTensors, ConvOptions, Ops, PoolOptions } from "@v2l/nn";
import * as aten from "./operators.js";
import { type Tensor, tensor } from "./tensor.js";

/** The operators of the networks on libtorch. Gradients are recorded wherever a tensor requires one. */
export class TorchOps implements Ops<Tensor> {
  /**
   * @param device where constants are made; the device of the weights and inputs.
   * @param precision of floating-point constants; that of the weights and inputs.
   */
  constructor(
    readonly device: string = "cpu",
    readonly precision: "float32" | "bfloat16" = "float32",
  ) {}

  shape(x: Tensor): readonly number[] {
    return x.shape;
  }

  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): Tensor {
    const made = tensor(data, shape, { device: this.device });
    return data instanceof Float32Array ? made.to({ dtype: this.precision }) : made;
  }

  conv2d(x: Tensor, weight: Tensor, bias: Tensor | null, options: ConvOptions = {}): Tensor {
    const { stride = 1, padding = 0 } = options;
    if (typeof padding === "number") return aten.conv2d(x, weight, bias, stride, padding);
    const [top, left, bottom, right] = padding;
    if (top === bottom && left === right) {
      return aten.conv2d(x, weight, bias, stride, [top, left]);
    }
    const padded = aten.constantPadNd(x, [left, right, top, bottom]);
    return aten.conv2d(padded, weight, bias, stride);
  }

  linear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
    return aten.linear(x, weight, bias);
  }

  matmul(a: Tensor, b: Tensor): Tensor {
    return aten.matmul(a, b);
  }

  embedding(weight: Tensor, indices: Tensor): Tensor {
    return aten.embedding(weight, indices);
  }

  groupNorm(x: Tensor, groups: number, weight: Tensor, bias: Tensor, eps: number): Tensor {
    return aten.groupNorm(x, groups, weight, bias, eps);
  }

  layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
    return aten.layerNorm(x, weight.shape, weight, bias, eps);
  }

  /** Squares are added up in float32 whatever the precision of x, as in the official LLaMA code. */
  rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
    const wide = x.dtype === "float32" ? x : x.to({ dtype: "float32" });
    const meanSquare = aten.mean(aten.square(wide), [-1], true);
    const normed = aten.mul(wide, aten.rsqrt(aten.addScalar(meanSquare, eps)));
    return aten.mul(normed.to({ dtype: x.dtype }), weight);
  }

  batchNorm(
    x: Tensor,
    { weight, bias, runningMean, runningVar }: BatchNormTensors<Tensor>,
    { training, momentum, eps }: { training: boolean; momentum: number; eps: number },
  ): Tensor {
    return aten.batchNorm(x, weight, bias, runningMean, runningVar, training, momentum, eps, true);
  }

  relu(x: Tensor): Tensor {
    return aten.relu(x);
  }

  leakyRelu(x: Tensor, slope: number): Tensor {
    return aten.leakyRelu(x, slope);
  }

  sigmoid(x: Tensor): Tensor {
    return aten.sigmoid(x);
  }

  silu(x: Tensor): Tensor {
    return aten.silu(x);
  }

  softmax(x: Tensor, dim: number): Tensor {
    return aten.softmax(x, dim);
  }

  add(a: Tensor, b: Tensor): Tensor {
    return aten.add(a, b);
  }

  sub(a: Tensor, b: Tensor): Tensor {
    return aten.sub(a, b);
  }

  mul(a: Tensor, b: Tensor): Tensor {
    return aten.mul(a, b);
  }

  div(a: Tensor, b: Tensor): Tensor {
    return aten.div(a, b);
  }

  affine(x: Tensor, factor: number, offset = 0): Tensor {
    if (factor === 1) return aten.addScalar(x, offset);
    const scaled = aten.mulScalar(x, factor);
    return offset === 0 ? scaled : aten.addScalar(scaled, offset);
  }

  sqrt(x: Tensor): Tensor {
    return aten.sqrt(x);
  }

  square(x: Tensor): Tensor {
    return aten.square(x);
  }

  abs(x: Tensor): Tensor {
    return aten.abs(x);
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return aten.reshape(x, shape);
  }

  permute(x: Tensor, order: readonly number[]): Tensor {
    // A transposed view of [N,C,HW] makes everything after it channels-last, which is slower on the CPU.
    return aten.contiguous(aten.permute(x, order));
  }

  concat(xs: readonly Tensor[], dim: number): Tensor {
    return aten.cat(xs, dim);
  }

  slice(x: Tensor, dim: number, start: number, end: number): Tensor {
    return aten.slice(x, dim, start, end);
  }

  expandBatch(x: Tensor, like: Tensor): Tensor {
    const [, ...rest] = x.shape;
    return aten.expand(x, [like.shape[0] as number, ...rest]);
  }

  upsample2x(x: Tensor): Tensor {
    const [, , height, width] = x.shape as [number, number, number, number];
    return aten.upsampleNearest2d(x, [2 * height, 2 * width], 2, 2);
  }

  maxPool2d(x: Tensor, size: number, { stride = 1, padding = 0 }: PoolOptions = {}): Tensor {
    return aten.maxPool2d(x, size, stride, padding);
  }

  averagePool2d(x: Tensor, size: number, { stride = 1, padding = 0 }: PoolOptions = {}): Tensor {
    return aten.avgPool2d(x, size, stride, padding, false, false);
  }

  mean(x: Tensor, dims: readonly number[], keepDims = false): Tensor {
    return aten.mean(x, dims, keepDims);
  }

  sum(x: Tensor, dims: readonly number[], keepDims = false): Tensor {
    return aten.sum(x, dims, keepDims);
  }

  argmin(x: Tensor, dim: number): Tensor {
    return aten.argmin(x, dim);
  }

  smallest(x: Tensor, k: number): { values: Tensor; indices: Tensor } {
    const [values, indices] = aten.topk(x, k, -1, false, true);
    return { values, indices };
  }

  detach(x: Tensor): Tensor {
    return aten.detach(x);
  }
}
