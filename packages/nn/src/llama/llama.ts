import type { LlamaConfig } from "../config.js";
import { expected, V2LError } from "../errors.js";
import { normal, rmsNorm } from "../layers.js";
import { type ParamSpec, type Run, Scope } from "../module.js";
import type { Ops } from "../ops.js";
import { llamaBlock } from "./block.js";
import { rotation } from "./rotation.js";

/** A decoder-only transformer as LLaMA (Touvron et al., 2023), under the official weight names. */
export interface LlamaNetwork {
  readonly config: LlamaConfig;
  readonly params: readonly ParamSpec[];
  /** Ids int64 [N,L] from position 0 on -> [N,L,dim] after the last norm. Each position sees those before it. */
  hidden<T>(run: Run<T>, ids: T): T;
  /** Rows [...,dim] of {@link hidden} -> scores of the next token [...,vocabularySize]. */
  logits<T>(run: Run<T>, hidden: T): T;
}

/**
 * @param vocabularySize rows of the embedding table
 * @throws V2LError INVALID_ARGUMENT where the sizes do not fit together
 */
export function llamaNetwork(config: LlamaConfig, vocabularySize: number): LlamaNetwork {
  checkSizes(config);
  const { dim, layers, heads, ropeTheta = 10_000, tiedEmbeddings = false } = config;
  const scope = Scope.root();
  // What all tokens have in common is what heads find positions by; without it they learn it first.
  const init = normal(0.05, 0.05);
  const embeddings = scope.child("tok_embeddings").param("weight", [vocabularySize, dim], init);
  const blocks = Array.from({ length: layers }, (_, i) =>
    llamaBlock(scope.child(`layers.${i}`), config),
  );
  const norm = rmsNorm(scope.child("norm"), dim, config.normEps);
  const output = tiedEmbeddings
    ? embeddings
    : scope.child("output").param("weight", [vocabularySize, dim], normal(0.02));
  return {
    config,
    params: scope.params(),
    hidden: (run, ids) => {
      const { ops } = run;
      const length = ops.shape(ids)[1] as number;
      const turn = rotation(ops, length, dim / heads, ropeTheta);
      const mask = causalMask(ops, length);
      let x = ops.embedding(run.weight(embeddings), ids);
      for (const block of blocks) x = block(run, x, turn, mask);
      return norm(run, x);
    },
    logits: (run, hidden) => run.ops.linear(hidden, run.weight(output), null),
  };
}

/** [L,L], to be added to attention scores: each position sees itself and those before it. */
function causalMask<T>(ops: Ops<T>, length: number): T {
  const mask = new Float32Array(length * length);
  for (let row = 0; row < length; row++) {
    mask.fill(Number.NEGATIVE_INFINITY, row * length + row + 1, (row + 1) * length);
  }
  return ops.constant(mask, [length, length]);
}

function checkSizes({ dim, heads, kvHeads = heads }: LlamaConfig): void {
  if (dim % (2 * heads) !== 0) throw invalid(`a multiple of ${2 * heads}`, "dim", dim);
  if (heads % kvHeads !== 0) throw invalid(`a divisor of ${heads}`, "kvHeads", kvHeads);
}

function invalid(what: string, name: string, received: number): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected(what, name, received));
}
