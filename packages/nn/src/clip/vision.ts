import type { ClipVisionConfig } from "../config.js";
import { conv, layerNorm, normal } from "../layers.js";
import type { Run, Scope } from "../module.js";
import { transformerBlocks } from "./transformer.js";

export interface VisionTower {
  /** Pixels [N,3,imageSize,imageSize] after CLIP's normalisation -> [N,embedDim], not normalised. */
  encode<T>(run: Run<T>, pixels: T): T;
  /** Hidden states [N,1+patches,width], class token first: 0 is the input of the first block, i the output of block i. */
  features<T>(run: Run<T>, pixels: T, layers: readonly number[]): T[];
}

/** CLIP's vision transformer under OpenAI's names. */
export function visionTower(scope: Scope, config: ClipVisionConfig, embedDim: number): VisionTower {
  const { width, patchSize } = config;
  const patches = (config.imageSize / patchSize) ** 2;
  const init = normal(width ** -0.5);
  const classEmbedding = scope.param("class_embedding", [width], init);
  const positions = scope.param("positional_embedding", [patches + 1, width], init);
  const projection = scope.param("proj", [width, embedDim], init);
  const embed = conv(scope.child("conv1"), 3, width, patchSize, { stride: patchSize, bias: false });
  const before = layerNorm(scope.child("ln_pre"), width);
  const blocks = transformerBlocks(scope.child("transformer"), config);
  const after = layerNorm(scope.child("ln_post"), width);

  function hiddenStates<T>(run: Run<T>, pixels: T, last: number): T[] {
    const { ops } = run;
    const grid = embed(run, pixels);
    const [batch] = ops.shape(grid) as [number];
    const cells = ops.permute(ops.reshape(grid, [batch, width, patches]), [0, 2, 1]);
    const first = ops.reshape(run.weight(classEmbedding), [1, 1, width]);
    const tokens = ops.concat([ops.expandBatch(first, cells), cells], 1);
    const states = [before(run, ops.add(tokens, run.weight(positions)))];
    for (const block of blocks.slice(0, last)) states.push(block(run, states.at(-1) as T, null));
    return states;
  }

  return {
    encode: (run, pixels) => {
      const { ops } = run;
      const last = hiddenStates(run, pixels, blocks.length).at(-1) as typeof pixels;
      const token = ops.reshape(ops.slice(last, 1, 0, 1), [ops.shape(last)[0] as number, width]);
      return ops.matmul(after(run, token), run.weight(projection));
    },
    features: (run, pixels, layers) => {
      const states = hiddenStates(run, pixels, Math.max(...layers));
      return layers.map((layer) => states[layer] as typeof pixels);
    },
  };
}
