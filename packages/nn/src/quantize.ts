import { unitNorm } from "./layers.js";
import type { Run } from "./module.js";
import type { Ops } from "./ops.js";

/** Weight of the codebook term of {@link quantize} beside the commitment term. */
const CODEBOOK_TERM = 0.33;

/** Squared L2 distances |x|^2 + |e|^2 - 2xe between x [M,D] and rows [V,D]: [M,V]. */
export function squaredDistances<T>(ops: Ops<T>, x: T, rows: T): T {
  const norms = ops.sum(ops.square(rows), [1]);
  const lengths = ops.sum(ops.square(x), [1], true);
  const products = ops.linear(x, rows, null);
  return ops.sub(ops.add(lengths, norms), ops.affine(products, 2));
}

export interface Quantized<T> {
  /** Nearest rows, int64 [N,H*W], row major. */
  readonly indices: T;
  /** The rows themselves [N,D,H,W]; their gradient goes straight through to the features. */
  readonly quantized: T;
  /** mean((sg[q]-z)^2) + 0.33 mean((q-sg[z])^2), a scalar. */
  readonly loss: T;
}

/**
 * Replaces every cell of the features [N,D,H,W] by the nearest row of the codebook [V,D].
 * The first term of the loss trains the encoder, the second, through the gather, the projection.
 */
export function quantize<T>(run: Run<T>, features: T, codebook: T): Quantized<T> {
  const { ops } = run;
  const [batch, width, rows, columns] = ops.shape(features) as [number, number, number, number];
  const cells = ops.reshape(ops.permute(features, [0, 2, 3, 1]), [-1, width]);
  const nearest = ops.argmin(squaredDistances(ops, ops.detach(cells), ops.detach(codebook)), 1);
  const gathered = ops.reshape(ops.embedding(codebook, nearest), [batch, rows, columns, width]);
  const q = ops.permute(gathered, [0, 3, 1, 2]);
  const error = (a: T, b: T) => ops.mean(ops.square(ops.sub(a, b)), [0, 1, 2, 3]);
  const commitment = error(ops.detach(q), features);
  const codebookTerm = error(q, ops.detach(features));
  return {
    indices: ops.reshape(nearest, [batch, rows * columns]),
    quantized: ops.add(features, ops.detach(ops.sub(q, features))),
    loss: ops.add(commitment, ops.affine(codebookTerm, CODEBOOK_TERM)),
  };
}

export interface GlobalTokens<T> {
  /** Nearest first, int64 [N,k]. */
  readonly indices: T;
  /** Squared L2 distances of these [N,k]. */
  readonly distances: T;
  /** The image feature divided by its norm [N,D]. */
  readonly feature: T;
}

/**
 * The `k` rows of the global codebook [V,D] nearest to the unit image feature. The rows keep their
 * lengths, as in the official code, so shorter rows are favoured.
 * @param feature CLIP's image embedding [N,D], of any length
 */
export function globalTokens<T>(run: Run<T>, feature: T, codebook: T, k: number): GlobalTokens<T> {
  const unit = unitNorm(run.ops, feature, 1);
  const { values, indices } = run.ops.smallest(squaredDistances(run.ops, unit, codebook), k);
  return { indices, distances: values, feature: unit };
}
