import type { LlamaConfig } from "../config.js";
import { linear, normal, rmsNorm, ZEROS } from "../layers.js";
import type { Layer, Run, Scope } from "../module.js";
import type { Rotation } from "./rotation.js";

/** A block over x [N,L,dim]; `mask` [L,L] is added to the attention scores. */
export type LlamaBlock = <T>(run: Run<T>, x: T, turn: Rotation<T>, mask: T) => T;

/** `layers.N`: attention, then the feed-forward network, each on normalised input with a residual. */
export function llamaBlock(scope: Scope, config: LlamaConfig): LlamaBlock {
  const { dim, normEps } = config;
  const before = rmsNorm(scope.child("attention_norm"), dim, normEps);
  const attend = attention(scope.child("attention"), config);
  const between = rmsNorm(scope.child("ffn_norm"), dim, normEps);
  const feed = feedForward(scope.child("feed_forward"), config);
  return (run, x, turn, mask) => {
    const { ops } = run;
    const attended = ops.add(x, attend(run, before(run, x), turn, mask));
    const result = ops.add(attended, feed(run, between(run, attended)));
    run.observe?.(scope.path, result);
    return result;
  };
}

function attention(scope: Scope, config: LlamaConfig): LlamaBlock {
  const { dim, heads, kvHeads = heads } = config;
  const size = dim / heads;
  const queries = projection(scope.child("wq"), dim, dim);
  const keys = projection(scope.child("wk"), dim, kvHeads * size);
  const values = projection(scope.child("wv"), dim, kvHeads * size);
  const out = projection(scope.child("wo"), dim, dim);
  return <T>(run: Run<T>, x: T, turn: Rotation<T>, mask: T) => {
    const { ops } = run;
    const [batch, length] = ops.shape(x) as [number, number];
    const split = (y: T, count: number) =>
      ops.permute(ops.reshape(y, [batch, length, count, size]), [0, 2, 1, 3]);
    /** [N,kvHeads,L,size] -> [N,heads,L,size]: neighbouring heads share keys and values. */
    const shared = (y: T) => {
      if (kvHeads === heads) return y;
      const one = ops.reshape(y, [batch, kvHeads, 1, length, size]);
      const copies = ops.concat(Array<T>(heads / kvHeads).fill(one), 2);
      return ops.reshape(copies, [batch, heads, length, size]);
    };
    const q = ops.affine(turn(split(queries(run, x), heads)), size ** -0.5);
    const k = shared(turn(split(keys(run, x), kvHeads)));
    const v = shared(split(values(run, x), kvHeads));
    const scores = ops.matmul(q, ops.permute(k, [0, 1, 3, 2]));
    const weights = ops.softmax(ops.add(scores, mask), 3);
    const mixed = ops.permute(ops.matmul(weights, v), [0, 2, 1, 3]);
    return out(run, ops.reshape(mixed, [batch, length, dim]));
  };
}

/** SwiGLU (Shazeer, 2020): w2(silu(w1(x)) * w3(x)). */
function feedForward(scope: Scope, config: LlamaConfig): Layer {
  const { dim, hidden } = config;
  const gate = projection(scope.child("w1"), dim, hidden);
  const down = linear(scope.child("w2"), hidden, dim, { bias: false, init: ZEROS });
  const up = projection(scope.child("w3"), dim, hidden);
  return (run, x) => {
    const { ops } = run;
    return down(run, ops.mul(ops.silu(gate(run, x)), up(run, x)));
  };
}

/** A matrix without bias. */
function projection(scope: Scope, inputs: number, outputs: number): Layer {
  return linear(scope, inputs, outputs, { bias: false, init: normal(inputs ** -0.5) });
}
