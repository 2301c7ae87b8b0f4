import type { TowerConfig } from "../config.js";
import { layerNorm, linear, normal, ZEROS } from "../layers.js";
import type { Layer, Run, Scope } from "../module.js";

/** A block over x [N,L,width]; `mask` [L,L] is added to the attention scores. */
export type TransformerBlock = <T>(run: Run<T>, x: T, mask: T | null) => T;

/** `resblocks.N` of one tower. Starts as OpenAI's text tower does. */
export function transformerBlocks(scope: Scope, config: TowerConfig): TransformerBlock[] {
  return Array.from({ length: config.layers }, (_, i) =>
    transformerBlock(scope.child(`resblocks.${i}`), config),
  );
}

function transformerBlock(scope: Scope, config: TowerConfig): TransformerBlock {
  const { width } = config;
  const attend = selfAttention(scope.child("attn"), config);
  const norm1 = layerNorm(scope.child("ln_1"), width);
  const mlp = scope.child("mlp");
  const expand = linear(mlp.child("c_fc"), width, 4 * width, { init: normal((2 * width) ** -0.5) });
  const contract = linear(mlp.child("c_proj"), 4 * width, width, { init: outputInit(config) });
  const norm2 = layerNorm(scope.child("ln_2"), width);
  return (run, x, mask) => {
    const { ops } = run;
    const attended = ops.add(x, attend(run, norm1(run, x), mask));
    const hidden = quickGelu(run, expand(run, norm2(run, attended)));
    const result = ops.add(attended, contract(run, hidden));
    run.observe?.(scope.path, result);
    return result;
  };
}

const quickGelu: Layer = (run, x) => run.ops.mul(x, run.ops.sigmoid(run.ops.affine(x, 1.702)));

function outputInit({ width, layers }: TowerConfig) {
  return normal(width ** -0.5 * (2 * layers) ** -0.5);
}

function selfAttention(scope: Scope, config: TowerConfig): TransformerBlock {
  const { width, heads } = config;
  const size = width / heads;
  const weight = scope.param("in_proj_weight", [3 * width, width], normal(width ** -0.5));
  const bias = scope.param("in_proj_bias", [3 * width], ZEROS);
  const out = linear(scope.child("out_proj"), width, width, { init: outputInit(config) });
  return (run, x, mask) => {
    const { ops } = run;
    const [batch, length] = ops.shape(x) as [number, number];
    const joined = ops.linear(x, run.weight(weight), run.weight(bias));
    const part = (i: number, order: readonly number[]) => {
      const slice = ops.slice(joined, 2, i * width, (i + 1) * width);
      return ops.permute(ops.reshape(slice, [batch, length, heads, size]), order);
    };
    const queries = ops.affine(part(0, [0, 2, 1, 3]), size ** -0.5);
    const scores = ops.matmul(queries, part(1, [0, 2, 3, 1]));
    const weights = ops.softmax(mask === null ? scores : ops.add(scores, mask), 3);
    const mixed = ops.permute(ops.matmul(weights, part(2, [0, 2, 1, 3])), [0, 2, 1, 3]);
    return out(run, ops.reshape(mixed, [batch, length, width]));
  };
}
