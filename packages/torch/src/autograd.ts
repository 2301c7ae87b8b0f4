import { native } from "./native.js";
import type { Tensor } from "./tensor.js";

/**
 * Adds the gradients of `loss` to `grad` of every leaf that requires one.
 * @param options.gradient the gradient of `loss` itself, for losses of more than one element.
 * @param options.retainGraph keep the graph for another backward; false by default.
 */
export function backward(
  loss: Tensor,
  options: { readonly gradient?: Tensor; readonly retainGraph?: boolean } = {},
): void {
  native().backward(loss, options.gradient ?? null, options.retainGraph ?? false);
}

export interface GradOptions {
  /** Gradients of the outputs; ones by default, for outputs of one element. */
  readonly gradOutputs?: readonly (Tensor | null)[];
  /** Keep the graph for another backward; as `createGraph` by default. */
  readonly retainGraph?: boolean;
  /** Record the gradients themselves, for second derivatives. */
  readonly createGraph?: boolean;
  /** Null for inputs that the outputs do not depend on, instead of an error. */
  readonly allowUnused?: boolean;
}

/** The gradients of the sum of `outputs` with respect to `inputs`; `grad` of the leaves is not touched. */
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradOptions & { readonly allowUnused: true },
): (Tensor | null)[];
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options?: GradOptions,
): Tensor[];
export function grad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  options: GradOptions = {},
): (Tensor | null)[] {
  const { gradOutputs = null, createGraph = false, allowUnused = false } = options;
  const retainGraph = options.retainGraph ?? createGraph;
  return native().grad(outputs, inputs, gradOutputs, retainGraph, createGraph, allowUnused);
}

/** Runs `fn` without recording gradients. */
export function noGrad<R>(fn: () => R): R {
  const before = native().setGradMode(false);
  try {
    return fn();
  } finally {
    native().setGradMode(before);
  }
}
