import { conv, groupNorm, linear } from "../layers.js";
import type { Layer, Run, Scope } from "../module.js";

/** norm, swish, 3x3, norm, swish, 3x3, plus the input (through a 1x1 where the width changes). */
export function residualBlock(
  scope: Scope,
  inputs: number,
  outputs: number,
  groups: number,
): Layer {
  const norm1 = groupNorm(scope.child("norm1"), inputs, groups);
  const conv1 = conv(scope.child("conv1"), inputs, outputs, 3, { padding: 1 });
  const norm2 = groupNorm(scope.child("norm2"), outputs, groups);
  const conv2 = conv(scope.child("conv2"), outputs, outputs, 3, { padding: 1 });
  const shortcut =
    inputs === outputs ? null : conv(scope.child("nin_shortcut"), inputs, outputs, 1);
  return scope.observed((run, x) => {
    const { ops } = run;
    const hidden = conv1(run, ops.silu(norm1(run, x)));
    const change = conv2(run, ops.silu(norm2(run, hidden)));
    return ops.add(shortcut ? shortcut(run, x) : x, change);
  });
}

/** Self-attention over the cells: one head over all channels, scale c^-1/2, residual. */
export function attentionBlock(scope: Scope, channels: number, groups: number): Layer {
  const norm = groupNorm(scope.child("norm"), channels, groups);
  const project = (name: string) => conv(scope.child(name), channels, channels, 1);
  const [q, k, v, out] = [project("q"), project("k"), project("v"), project("proj_out")];
  return scope.observed((run, x) => {
    const { ops } = run;
    const [batch, , height, width] = ops.shape(x) as [number, number, number, number];
    const cells = (y: typeof x) => ops.reshape(y, [batch, channels, height * width]);
    const normed = norm(run, x);
    const queries = ops.permute(cells(q(run, normed)), [0, 2, 1]);
    const scores = ops.matmul(queries, cells(k(run, normed)));
    const weights = ops.softmax(ops.affine(scores, channels ** -0.5), 2);
    const mixed = ops.matmul(cells(v(run, normed)), ops.permute(weights, [0, 2, 1]));
    return ops.add(x, out(run, ops.reshape(mixed, [batch, channels, height, width])));
  });
}

/** Zero padding of one at the right and bottom only, then 3x3 with stride 2. */
export function downsample(scope: Scope, channels: number): Layer {
  return scope.observed(
    conv(scope.child("conv"), channels, channels, 3, { stride: 2, padding: [0, 0, 1, 1] }),
  );
}

/** Nearest neighbour by two, then 3x3. */
export function upsample(scope: Scope, channels: number): Layer {
  const after = conv(scope.child("conv"), channels, channels, 3, { padding: 1 });
  return scope.observed((run, x) => after(run, run.ops.upsample2x(x)));
}

const HEADS = 8;

/** Attention of the cells x [N,L,C] to the context [N,K,D]; returns [N,L,C]. */
export type CrossAttention = <T>(run: Run<T>, x: T, context: T) => T;

/**
 * The decoder's attention to the global words, as the official code has it: 8 heads, each as wide as
 * the whole channel count, scale c^-1/2, no normalisation and no residual (the output replaces x).
 */
export function crossAttention(
  scope: Scope,
  channels: number,
  contextWidth: number,
): CrossAttention {
  const inner = HEADS * channels;
  const q = linear(scope.child("to_q"), channels, inner, { bias: false });
  const k = linear(scope.child("to_k"), contextWidth, inner, { bias: false });
  const v = linear(scope.child("to_v"), contextWidth, inner, { bias: false });
  const out = linear(scope.child("to_out.0"), inner, channels);
  return (run, x, context) => {
    const { ops } = run;
    const [batch, length] = ops.shape(x) as [number, number];
    const words = ops.shape(context)[1] as number;
    const queries = ops.permute(
      ops.reshape(q(run, x), [batch, length, HEADS, channels]),
      [0, 2, 1, 3],
    );
    const keys = ops.permute(
      ops.reshape(k(run, context), [batch, words, HEADS, channels]),
      [0, 2, 3, 1],
    );
    const values = ops.permute(
      ops.reshape(v(run, context), [batch, words, HEADS, channels]),
      [0, 2, 1, 3],
    );
    const weights = ops.softmax(ops.affine(ops.matmul(queries, keys), channels ** -0.5), 3);
    const mixed = ops.permute(ops.matmul(weights, values), [0, 2, 1, 3]);
    const result = out(run, ops.reshape(mixed, [batch, length, inner]));
    run.observe?.(scope.path, result);
    return result;
  };
}
