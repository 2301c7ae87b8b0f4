import { aten, operator, type Tensor, tensor } from "@v2l/torch";
import { moments, whitening } from "./moments.js";

/** Queries times this: logits then have a standard deviation of about 1. */
const QUERY_GAIN = 3;
/** Directions of the words that keys and values read. */
const DIRECTIONS = 32;

const qr = operator("linalg_qr(Tensor A, str mode=reduced) -> (Tensor, Tensor)");

/** The weights of the decoder's cross attention by the names of its layers. */
export interface CrossAttentionWeights {
  /** [H*C,C] */
  readonly to_q: Tensor;
  /** [H*C,D] */
  readonly to_k: Tensor;
  /** [H*C,D] */
  readonly to_v: Tensor;
  /** [C,H*C] */
  readonly to_out: Tensor;
  /** [C] */
  readonly bias: Tensor;
}

/**
 * A cross attention that lets a cell through, so that a decoder can learn from the first step.
 *
 * A cell sees nothing but averages of its picture's words, and every picture has other words. For
 * small logits an attention with queries q, keys K and values V gives mean(V) + Cov(V,K) q. With
 * random keys and values that covariance is another random matrix for every picture. Where values
 * equal keys it is never negative, and where words spread alike in all directions it is about the
 * identity; so keys and values share their weights, which whiten the words. Each head turns them
 * differently, and the sum of the heads comes closer to the identity than each of them.
 *
 * Words also differ between pictures as a whole, which shifts all cells alike. So of all directions
 * those are read in which the words of one picture differ most beside the words of several.
 * @param words embeddings of the global words of some pictures [N,K,D]
 * @param random random rows [H*C,D] that turn the heads
 * @param channels C
 */
export function fitCrossAttention(
  words: Tensor,
  random: Tensor,
  channels: number,
): CrossAttentionWeights {
  const [pictures, count, width] = words.shape as [number, number, number];
  const rows = aten.reshape(words, [pictures * count, width]);
  const within = aten.reshape(aten.sub(words, aten.mean(words, [1], true)), rows.shape);
  const white = whitening(rows).weight;
  const { variances, axes } = moments(aten.linear(within, white, null));
  const directions = Math.min(DIRECTIONS, channels, width);
  const scales = variances.slice(-directions).map((variance) => variance ** -0.5);
  const chosen = aten.slice(axes, 1, width - directions);
  const toDirections = aten.mul(
    aten.matmul(aten.permute(chosen, [1, 0]), white),
    tensor(scales, [directions, 1]),
  );
  const heads = (random.shape[0] as number) / channels;
  const turned = Array.from({ length: heads }, (_, head) => {
    const drawn = aten.slice(random, 0, head * channels, (head + 1) * channels);
    const [turn] = qr(aten.slice(drawn, 1, 0, directions));
    return aten.matmul(turn as Tensor, toDirections);
  });
  const toKeys = aten.cat(turned, 0);
  const identity = aten.eye(channels);
  const copies = Array.from({ length: heads }, () => identity);
  const toOut = aten.cat(copies, 1);
  const meanOutput = aten.linear(
    aten.linear(aten.mean(rows, [0], true), toKeys, null),
    toOut,
    null,
  );
  return {
    to_q: aten.mulScalar(aten.cat(copies, 0), QUERY_GAIN),
    to_k: toKeys,
    to_v: toKeys,
    to_out: toOut,
    bias: aten.reshape(aten.neg(meanOutput), [channels]),
  };
}
