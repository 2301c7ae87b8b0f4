import type { VqganConfig } from "../config.js";
import { conv, groupNorm } from "../layers.js";
import type { Layer, Run, Scope } from "../module.js";
import { attentionBlock, crossAttention, residualBlock, upsample } from "./blocks.js";

/** Latent [N,zChannels,s,s] and context (global embeddings) [N,K,embedDim] -> image [N,3,S,S]. */
export type Decoder = <T>(run: Run<T>, x: T, context: T) => T;

/**
 * The VQ-GAN decoder; at its lowest resolution every cell becomes a mixture of the global words.
 * @param attends false: it has no cross attention, and the words count for nothing
 */
export function vqganDecoder(scope: Scope, config: VqganConfig, attends = true): Decoder {
  const { ch, chMult, normGroups: groups } = config;
  const top = ch * (chMult.at(-1) as number);
  const before: Layer[] = [
    conv(scope.child("conv_in"), config.zChannels, top, 3, { padding: 1 }),
    residualBlock(scope.child("mid.block_1"), top, top, groups),
    attentionBlock(scope.child("mid.attn_1"), top, groups),
  ];
  const cross = attends
    ? crossAttention(scope.child("mid.cross_attn_1"), top, config.embedDim)
    : null;
  const after: Layer[] = [
    residualBlock(scope.child("mid.block_2"), top, top, groups),
    ...upPath(scope, config),
    groupNorm(scope.child("norm_out"), ch * (chMult[0] as number), groups),
    (run, x) => run.ops.silu(x),
    conv(scope.child("conv_out"), ch * (chMult[0] as number), 3, 3, { padding: 1 }),
  ];
  return (run, latent, context) => {
    const { ops } = run;
    const x = before.reduce((h, layer) => layer(run, h), latent);
    if (cross === null) return after.reduce((h, layer) => layer(run, h), x);
    const [batch, , height, width] = ops.shape(x) as [number, number, number, number];
    const cells = ops.permute(ops.reshape(x, [batch, top, height * width]), [0, 2, 1]);
    const mixed = ops.permute(cross(run, cells, context), [0, 2, 1]);
    const grid = ops.reshape(mixed, [batch, top, height, width]);
    return after.reduce((h, layer) => layer(run, h), grid);
  };
}

function upPath(scope: Scope, config: VqganConfig): Layer[] {
  const { ch, chMult, normGroups: groups } = config;
  const layers: Layer[] = [];
  let width = ch * (chMult.at(-1) as number);
  for (let level = chMult.length - 1; level >= 0; level--) {
    const up = scope.child(`up.${level}`);
    const outputs = ch * (chMult[level] as number);
    for (let block = 0; block <= config.numResBlocks; block++) {
      layers.push(residualBlock(up.child(`block.${block}`), width, outputs, groups));
      width = outputs;
      if (config.attnResolutions.includes(config.resolution / 2 ** level)) {
        layers.push(attentionBlock(up.child(`attn.${block}`), width, groups));
      }
    }
    if (level > 0) layers.push(upsample(up.child("upsample"), width));
  }
  return layers;
}
