import type { VqganConfig } from "../config.js";
import { conv, groupNorm } from "../layers.js";
import type { Layer, Scope } from "../module.js";
import { attentionBlock, downsample, residualBlock } from "./blocks.js";

/**
 * The VQ-GAN encoder: image [N,3,S,S] in [-1,1] -> [N,zChannels,s,s], s = S / 2^(levels-1).
 * Attention stands behind the blocks of the levels whose *configured* size is in attnResolutions.
 */
export function vqganEncoder(scope: Scope, config: VqganConfig): Layer {
  const { ch, chMult, normGroups: groups } = config;
  const layers: Layer[] = [conv(scope.child("conv_in"), 3, ch, 3, { padding: 1 })];
  let width = ch;
  let resolution = config.resolution;
  chMult.forEach((multiple, level) => {
    const down = scope.child(`down.${level}`);
    for (let block = 0; block < config.numResBlocks; block++) {
      layers.push(residualBlock(down.child(`block.${block}`), width, ch * multiple, groups));
      width = ch * multiple;
      if (config.attnResolutions.includes(resolution)) {
        layers.push(attentionBlock(down.child(`attn.${block}`), width, groups));
      }
    }
    if (level < chMult.length - 1) {
      layers.push(downsample(down.child("downsample"), width));
      resolution /= 2;
    }
  });
  layers.push(residualBlock(scope.child("mid.block_1"), width, width, groups));
  layers.push(attentionBlock(scope.child("mid.attn_1"), width, groups));
  layers.push(residualBlock(scope.child("mid.block_2"), width, width, groups));
  layers.push(groupNorm(scope.child("norm_out"), width, groups));
  layers.push((run, x) => run.ops.silu(x));
  layers.push(conv(scope.child("conv_out"), width, config.zChannels, 3, { padding: 1 }));
  return (run, image) => layers.reduce((x, layer) => layer(run, x), image);
}
