import type { Init, Layer, Scope } from "./module.js";
import type { ConvOptions, Ops } from "./ops.js";

export const ZEROS: Init = { kind: "zeros" };
export const ONES: Init = { kind: "ones" };

export function normal(std: number, mean = 0): Init {
  return { kind: "normal", std, mean };
}

/** PyTorch's default for convolutions and linear layers, weight and bias: U(-b, b), b = fanIn^-1/2. */
export function fanIn(count: number): Init {
  return { kind: "uniform", bound: 1 / Math.sqrt(count) };
}

export interface ConvLayerOptions extends ConvOptions {
  readonly bias?: boolean;
  /** Start of the weight; PyTorch's default without it. */
  readonly init?: Init;
}

/**
 * A convolution `weight` [out,in,height,width], `bias` [out].
 * @param kernel side of a square kernel, or its height and width
 */
export function conv(
  scope: Scope,
  inputs: number,
  outputs: number,
  kernel: number | readonly [height: number, width: number],
  options: ConvLayerOptions = {},
): Layer {
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const standard = fanIn(inputs * height * width);
  const weight = scope.param("weight", [outputs, inputs, height, width], options.init ?? standard);
  const bias = options.bias === false ? null : scope.param("bias", [outputs], standard);
  return scope.observed((run, x) =>
    run.ops.conv2d(x, run.weight(weight), bias && run.weight(bias), options),
  );
}

export interface LinearLayerOptions {
  readonly bias?: boolean;
  /** Start of the weight; PyTorch's default without it. */
  readonly init?: Init;
}

/** `weight` [outputs,inputs], `bias` [outputs], over the last dimension. */
export function linear(
  scope: Scope,
  inputs: number,
  outputs: number,
  options: LinearLayerOptions = {},
): Layer {
  const weight = scope.param("weight", [outputs, inputs], options.init ?? fanIn(inputs));
  const bias = options.bias === false ? null : scope.param("bias", [outputs], fanIn(inputs));
  return scope.observed((run, x) =>
    run.ops.linear(x, run.weight(weight), bias && run.weight(bias)),
  );
}

/** GroupNorm with the VQ-GAN's eps of 1e-6. */
export function groupNorm(scope: Scope, channels: number, groups: number): Layer {
  const weight = scope.param("weight", [channels], ONES);
  const bias = scope.param("bias", [channels], ZEROS);
  return scope.observed((run, x) =>
    run.ops.groupNorm(x, groups, run.weight(weight), run.weight(bias), 1e-6),
  );
}

/** LayerNorm over the last dimension with CLIP's eps of 1e-5. */
export function layerNorm(scope: Scope, width: number): Layer {
  const weight = scope.param("weight", [width], ONES);
  const bias = scope.param("bias", [width], ZEROS);
  return scope.observed((run, x) =>
    run.ops.layerNorm(x, run.weight(weight), run.weight(bias), 1e-5),
  );
}

/** RMSNorm over the last dimension: the mean is left where it is, and there is no bias. */
export function rmsNorm(scope: Scope, width: number, eps: number): Layer {
  const weight = scope.param("weight", [width], ONES);
  return scope.observed((run, x) => run.ops.rmsNorm(x, run.weight(weight), eps));
}

/** BatchNorm with momentum 0.1; `init` is the start of the scale. */
export function batchNorm(scope: Scope, channels: number, init: Init, eps = 1e-5): Layer {
  const weight = scope.param("weight", [channels], init);
  const bias = scope.param("bias", [channels], ZEROS);
  const runningMean = scope.buffer("running_mean", [channels], ZEROS);
  const runningVar = scope.buffer("running_var", [channels], ONES);
  return scope.observed((run, x) =>
    run.ops.batchNorm(
      x,
      {
        weight: run.weight(weight),
        bias: run.weight(bias),
        runningMean: run.weight(runningMean),
        runningVar: run.weight(runningVar),
      },
      { training: run.training, momentum: 0.1, eps },
    ),
  );
}

/** x divided by its L2 norm over `dim`. */
export function unitNorm<T>(ops: Ops<T>, x: T, dim: number): T {
  return ops.div(x, ops.sqrt(ops.sum(ops.square(x), [dim], true)));
}
