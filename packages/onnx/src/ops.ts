import {
  type BatchNormTensors,
  type ConvOptions,
  elements,
  expected,
  type Ops,
  type PoolOptions,
  V2LError,
} from "@v2l/nn";
import type { GraphBuilder, NodeOptions, Value } from "./builder.js";
import { axisOf, broadcast, reduced, reshaped, type Shape, strided } from "./shapes.js";
import { upsamplePhases } from "./upsample.js";

/** {@link Ops} that write ONNX nodes instead of computing. Inference only. */
export class OnnxOps implements Ops<Value> {
  /** Sources of upsampled values, by name. */
  private readonly upsampled = new Map<string, Value>();

  constructor(private readonly graph: GraphBuilder) {}

  shape(x: Value): Shape {
    return x.shape;
  }

  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): Value {
    return this.graph.constant(data, shape);
  }

  conv2d(x: Value, weight: Value, bias: Value | null, options: ConvOptions = {}): Value {
    const { stride = 1, padding = 0 } = options;
    const source = this.upsampled.get(x.name);
    const stored = this.graph.stored(weight);
    if (source && stored && stride === 1 && padding === 1 && weight.shape[2] === 3) {
      return this.upsampledConv(source, stored, weight.shape, bias);
    }
    const pads = typeof padding === "number" ? [padding, padding, padding, padding] : [...padding];
    const [top = 0, left = 0, bottom = 0, right = 0] = pads;
    const [batch = -1, , height = 0, width = 0] = x.shape;
    const [channels = 0, , kernelHeight = 0, kernelWidth = 0] = weight.shape;
    const shape = [
      batch,
      channels,
      strided(height, kernelHeight, top + bottom, stride),
      strided(width, kernelWidth, left + right, stride),
    ];
    const attributes = {
      kernel_shape: [kernelHeight, kernelWidth],
      strides: [stride, stride],
      pads,
    };
    return this.graph.node("Conv", bias ? [x, weight, bias] : [x, weight], { shape, attributes });
  }

  /** Gemm on the rows, because it takes the weight as it lies in a checkpoint. */
  linear(x: Value, weight: Value, bias: Value | null): Value {
    const [outputs = 0, inputs = 0] = weight.shape;
    const rows = x.shape.length === 2 ? x : this.reshape(x, [-1, inputs]);
    const product = this.graph.node("Gemm", bias ? [rows, weight, bias] : [rows, weight], {
      shape: [rows.shape[0] as number, outputs],
      attributes: { transB: 1 },
    });
    return x.shape.length === 2
      ? product
      : this.reshape(product, [...x.shape.slice(0, -1), outputs]);
  }

  matmul(a: Value, b: Value): Value {
    const outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const shape = [...outer, a.shape.at(-2) as number, b.shape.at(-1) as number];
    return this.graph.node("MatMul", [a, b], { shape });
  }

  embedding(weight: Value, indices: Value): Value {
    const shape = [...indices.shape, ...weight.shape.slice(1)];
    return this.graph.node("Gather", [weight, indices], { shape, attributes: { axis: 0 } });
  }

  groupNorm(x: Value, groups: number, weight: Value, bias: Value, eps: number): Value {
    const ones = this.constant(new Float32Array(groups).fill(1), [groups]);
    const zeros = this.constant(new Float32Array(groups), [groups]);
    const rows = this.reshape(x, [
      x.shape[0] as number,
      groups,
      elements(x.shape.slice(1)) / groups,
    ]);
    const normed = this.graph.node("InstanceNormalization", [rows, ones, zeros], {
      shape: rows.shape,
      attributes: { epsilon: { float: eps } },
    });
    const perChannel = (value: Value) =>
      this.reshape(value, [x.shape[1] as number, ...x.shape.slice(2).map(() => 1)]);
    const scaled = this.mul(this.reshape(normed, x.shape), perChannel(weight));
    return this.add(scaled, perChannel(bias));
  }

  layerNorm(x: Value, weight: Value, bias: Value, eps: number): Value {
    const attributes = { axis: -1, epsilon: { float: eps } };
    return this.graph.node("LayerNormalization", [x, weight, bias], { shape: x.shape, attributes });
  }

  rmsNorm(x: Value, weight: Value, eps: number): Value {
    const meanSquare = this.mean(this.square(x), [-1], true);
    return this.mul(this.div(x, this.sqrt(this.affine(meanSquare, 1, eps))), weight);
  }

  batchNorm(
    x: Value,
    tensors: BatchNormTensors<Value>,
    options: { training: boolean; momentum: number; eps: number },
  ): Value {
    if (options.training) {
      throw new V2LError(
        "UNSUPPORTED",
        expected("inference", "training", true, "Train on libtorch"),
      );
    }
    const { weight, bias, runningMean, runningVar } = tensors;
    return this.graph.node("BatchNormalization", [x, weight, bias, runningMean, runningVar], {
      shape: x.shape,
      attributes: { epsilon: { float: options.eps } },
    });
  }

  relu(x: Value): Value {
    return this.same("Relu", x);
  }

  leakyRelu(x: Value, slope: number): Value {
    return this.same("LeakyRelu", x, { alpha: { float: slope } });
  }

  sigmoid(x: Value): Value {
    return this.same("Sigmoid", x);
  }

  silu(x: Value): Value {
    return this.mul(x, this.sigmoid(x));
  }

  softmax(x: Value, dim: number): Value {
    return this.same("Softmax", x, { axis: dim });
  }

  add(a: Value, b: Value): Value {
    return this.pair("Add", a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.pair("Sub", a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.pair("Mul", a, b);
  }

  div(a: Value, b: Value): Value {
    return this.pair("Div", a, b);
  }

  affine(x: Value, factor: number, offset = 0): Value {
    const scaled = factor === 1 ? x : this.mul(x, this.graph.scalar(factor));
    return offset === 0 ? scaled : this.add(scaled, this.graph.scalar(offset));
  }

  sqrt(x: Value): Value {
    return this.same("Sqrt", x);
  }

  square(x: Value): Value {
    return this.mul(x, x);
  }

  abs(x: Value): Value {
    return this.same("Abs", x);
  }

  reshape(x: Value, shape: readonly number[]): Value {
    const sizes = reshaped(x.shape, shape);
    const target = this.graph.integers(sizes);
    return this.graph.node("Reshape", [x, target], { shape: sizes, dtype: x.dtype });
  }

  permute(x: Value, order: readonly number[]): Value {
    const shape = order.map((i) => x.shape[i] as number);
    return this.graph.node("Transpose", [x], {
      shape,
      dtype: x.dtype,
      attributes: { perm: order },
    });
  }

  concat(xs: readonly Value[], dim: number): Value {
    const first = xs[0] as Value;
    const axis = axisOf(first.shape, dim);
    const total = xs.reduce((sum, x) => sum + (x.shape[axis] as number), 0);
    const shape = first.shape.map((size, i) => (i === axis ? total : size));
    return this.graph.node("Concat", xs, { shape, dtype: first.dtype, attributes: { axis } });
  }

  slice(x: Value, dim: number, start: number, end: number): Value {
    const axis = axisOf(x.shape, dim);
    const shape = x.shape.map((size, i) => (i === axis ? end - start : size));
    const limits = [start, end, axis].map((value) => this.graph.integers([value]));
    return this.graph.node("Slice", [x, ...limits], { shape, dtype: x.dtype });
  }

  expandBatch(x: Value, like: Value): Value {
    const attributes = { start: 0, end: 1 };
    const batch = this.graph.node("Shape", [like], { shape: [1], dtype: "int64", attributes });
    const rest = this.graph.integers(x.shape.slice(1));
    const shape = [like.shape[0] as number, ...x.shape.slice(1)];
    return this.graph.node("Expand", [x, this.concat([batch, rest], 0)], { shape, dtype: x.dtype });
  }

  upsample2x(x: Value): Value {
    const [batch = -1, channels = 0, height = 0, width = 0] = x.shape;
    const scales = this.graph.constant(new Float32Array([1, 1, 2, 2]), [4]);
    const result = this.graph.node("Resize", [x, null, scales], {
      shape: [batch, channels, 2 * height, 2 * width],
      attributes: {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      },
    });
    this.upsampled.set(result.name, x);
    return result;
  }

  maxPool2d(x: Value, size: number, options?: PoolOptions): Value {
    return this.pool("MaxPool", x, size, options);
  }

  averagePool2d(x: Value, size: number, options?: PoolOptions): Value {
    return this.pool("AveragePool", x, size, options);
  }

  mean(x: Value, dims: readonly number[], keepDims = false): Value {
    return this.reduce("ReduceMean", x, dims, keepDims);
  }

  sum(x: Value, dims: readonly number[], keepDims = false): Value {
    return this.reduce("ReduceSum", x, dims, keepDims);
  }

  /** ONNX Runtime's CPU kernel knows no int64: such values are compared as int32. */
  argmin(x: Value, dim: number): Value {
    const axis = axisOf(x.shape, dim);
    const options: NodeOptions = { shape: x.shape, dtype: "int32", attributes: { to: 6 } };
    const values = x.dtype === "int64" ? this.graph.node("Cast", [x], options) : x;
    return this.graph.node("ArgMin", [values], {
      shape: reduced(x.shape, [axis], false),
      dtype: "int64",
      attributes: { axis, keepdims: 0 },
    });
  }

  smallest(x: Value, k: number): { values: Value; indices: Value } {
    const shape = [...x.shape.slice(0, -1), k];
    const [values, indices] = this.graph.nodeOf(
      "TopK",
      [x, this.graph.integers([k])],
      { attributes: { axis: -1, largest: 0, sorted: 1 } },
      [{ shape }, { shape, dtype: "int64" }],
    ) as [Value, Value];
    return { values, indices };
  }

  detach(x: Value): Value {
    return x;
  }

  private pool(
    opType: string,
    x: Value,
    size: number,
    { stride = 1, padding = 0 }: PoolOptions = {},
  ): Value {
    const [batch = -1, channels = 0, ...sides] = x.shape;
    return this.graph.node(opType, [x], {
      shape: [batch, channels, ...sides.map((side) => strided(side, size, 2 * padding, stride))],
      attributes: {
        kernel_shape: [size, size],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
      },
    });
  }

  /** The 3x3 convolution of the upsampled `x`, as four 2x2 convolutions of `x` itself. */
  private upsampledConv(x: Value, kernel: Float32Array, shape: Shape, bias: Value | null): Value {
    const [outputs = 0, inputs = 0] = shape;
    const phases = upsamplePhases(kernel, outputs * inputs).map((phase) => {
      const weight = this.constant(phase.kernel, [outputs, inputs, 2, 2]);
      return this.conv2d(x, weight, bias, { padding: phase.padding });
    });
    const [batch = -1, , height = 0, width = 0] = x.shape;
    return this.graph.node("DepthToSpace", [this.concat(phases, 1)], {
      shape: [batch, outputs, 2 * height, 2 * width],
      attributes: { blocksize: 2, mode: "DCR" },
    });
  }

  private same(opType: string, x: Value, attributes: NodeOptions["attributes"] = {}): Value {
    return this.graph.node(opType, [x], { shape: x.shape, dtype: x.dtype, attributes });
  }

  private pair(opType: string, a: Value, b: Value): Value {
    return this.graph.node(opType, [a, b], { shape: broadcast(a.shape, b.shape), dtype: a.dtype });
  }

  /** One dimension after the other, the last first: ONNX Runtime adds up naively, so short sums round less. */
  private reduce(opType: string, x: Value, dims: readonly number[], keepDims: boolean): Value {
    const axes = dims.map((dim) => axisOf(x.shape, dim)).sort((a, b) => b - a);
    return axes.reduce((value, axis) => {
      return this.graph.node(opType, [value, this.graph.integers([axis])], {
        shape: reduced(value.shape, [axis], keepDims),
        attributes: { keepdims: keepDims ? 1 : 0 },
      });
    }, x);
  }
}
