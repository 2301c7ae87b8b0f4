import type { ClipTextConfig } from "../config.js";
import { layerNorm, normal } from "../layers.js";
import type { Run, Scope } from "../module.js";
import { transformerBlocks } from "./transformer.js";

/** Ids int64 [N,L], L up to contextLength -> [N,embedDim], not normalised. */
export type TextEncoder = <T>(run: Run<T>, ids: T) => T;

/**
 * CLIP's text transformer under OpenAI's names. The text is read at its end-of-text token, which must
 * have the largest id of the vocabulary: it is found as the first largest id, as OpenAI does.
 * Texts may be shorter than `contextLength`: [N,L] with L up to it.
 */
export function textTower(scope: Scope, config: ClipTextConfig, embedDim: number): TextEncoder {
  const { width, contextLength, vocabSize } = config;
  const tokens = scope.child("token_embedding").param("weight", [vocabSize, width], normal(0.02));
  const positions = scope.param("positional_embedding", [contextLength, width], normal(0.01));
  const blocks = transformerBlocks(scope.child("transformer"), config);
  const final = layerNorm(scope.child("ln_final"), width);
  const projection = scope.param("text_projection", [width, embedDim], normal(width ** -0.5));
  return <T>(run: Run<T>, ids: T) => {
    const { ops } = run;
    const [batch, length] = ops.shape(ids) as [number, number];
    const places = ops.slice(run.weight(positions), 0, 0, length);
    const square = [contextLength, contextLength];
    const wholeMask = ops.constant(causalMask(contextLength), square);
    const mask = ops.slice(ops.slice(wholeMask, 0, 0, length), 1, 0, length);
    let x = ops.add(ops.embedding(run.weight(tokens), ids), places);
    for (const block of blocks) x = block(run, x, mask);
    const oneHot = oneHotOfLargest(run, ids, contextLength);
    const end = ops.slice(ops.reshape(oneHot, [batch, 1, contextLength]), 2, 0, length);
    const pooled = ops.reshape(ops.matmul(end, final(run, x)), [batch, width]);
    return ops.matmul(pooled, run.weight(projection));
  };
}

function causalMask(length: number): Float32Array {
  return Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? Number.NEGATIVE_INFINITY : 0,
  );
}

/** [N,length] with a one at the first largest id of each text. */
function oneHotOfLargest<T>({ ops }: Run<T>, ids: T, length: number): T {
  const negated = ops.sub(ops.constant(new BigInt64Array(1), [1, 1]), ids);
  const identity = new Float32Array(length * length);
  for (let i = 0; i < length; i++) identity[i * length + i] = 1;
  return ops.embedding(ops.constant(identity, [length, length]), ops.argmin(negated, 1));
}
