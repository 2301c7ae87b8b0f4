import {
  initialize,
  type ParamSpec,
  type TensorData,
  type TokenizerNetwork,
  toFloat32,
  type Weights,
} from "@v2l/nn";
import { aten, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { fitCrossAttention } from "./fit-cross-attention.js";
import { whitening } from "./moments.js";

/**
 * How the tokenizer starts. `random`: as PyTorch would, as the official code does. `fitted`: the
 * layers that read the frozen codebooks are scaled to them, which saves the training that would only
 * undo a poor start:
 * - the projector whitens the local codebook into as many dimensions as the latent has. Text
 *   embeddings share a large common direction, so under a random projector nearly all rows point the
 *   same way and few are ever the nearest;
 * - `quant_conv` whitens the encoder's first outputs for some pictures into the same dimensions. At
 *   random all cells of all pictures point nearly the same way and share a dozen codes;
 * - `post_quant_conv` undoes `quant_conv`'s choice of directions and shows the decoder codes in unit
 *   scale, without a bias that would drown them;
 * - the cross attention lets cells through, see {@link fitCrossAttention}. At random its logits are
 *   all about 0.005: uniform attention, through which no spatial information passes.
 */
export type Start = "random" | "fitted";

const CROSS_ATTENTION = "decoder.mid.cross_attn_1";

/** What a fitted start looks at. */
export interface StartingData {
  /** Local codebook [V,D]. */
  readonly local: TensorData;
  /** Embeddings of the global words of some pictures [N,K,D]. */
  readonly words: TensorData;
  /** Pictures [N,3,S,S] in [-1,1]. */
  readonly images: TensorData;
}

/** First weights of the tokenizer's own tensors, from the seed (and the data, if `fitted`). */
export function startingWeights(
  network: TokenizerNetwork,
  seed: number,
  start: Start,
  data: StartingData,
): Weights {
  const weights = new Map(initialize(network.params, seed));
  if (start === "random") return weights;
  noGrad(() =>
    scope(() => {
      const fitted = [
        ...bottleneck(network, weights, data),
        ...crossAttention(weights, toTensor(data.words)),
      ];
      for (const [name, tensor] of fitted) weights.set(name, tensor.toData());
    }),
  );
  return weights;
}

type Named = readonly [name: string, tensor: Tensor];

/** `quant_conv`, the projector and `post_quant_conv`: from latent to feature to latent. */
function bottleneck(
  { config, encodeLatent }: TokenizerNetwork,
  weights: Weights,
  { local, images }: StartingData,
): Named[] {
  const { zChannels, embedDim } = config;
  const used = Math.min(zChannels, embedDim);
  /** The last rows, those of the largest variance, into the last of the features' dimensions. */
  const lastRows = (rows: Tensor, scale: number) => {
    const zeros = aten.zeros([embedDim - used, rows.shape[1] as number]);
    const kept = aten.slice(rows, 0, (rows.shape[0] as number) - used);
    return aten.mulScalar(aten.cat([zeros, kept], 0), scale);
  };
  const asColumn = (bias: Tensor) => aten.reshape(bias, [-1, 1]);

  const projector = whitening(toTensor(local));
  const toUsed = (rows: Tensor) => lastRows(rows, (embedDim / used) ** 0.5);

  const run = {
    ops: new TorchOps(),
    weight: ({ name }: ParamSpec) => toTensor(weights.get(name) as TensorData),
    training: false,
  };
  const latents = aten.permute(encodeLatent(run, toTensor(images)), [0, 2, 3, 1]);
  const quant = whitening(aten.reshape(latents, [-1, zChannels]));
  // Features are divided by their norm, so their scale is free: unit variance keeps Adam's steps on
  // the bias small beside them. At norm 1 it would drown them within a hundred steps.
  const toFeatures = (rows: Tensor) => lastRows(rows, zChannels ** 0.5);
  const toLatent = aten.permute(lastRows(aten.eye(zChannels), used ** 0.5), [1, 0]);
  return [
    ["codebook_projection.weight", toUsed(projector.weight)],
    ["codebook_projection.bias", aten.reshape(toUsed(asColumn(projector.bias)), [embedDim])],
    ["quant_conv.weight", aten.reshape(toFeatures(quant.weight), [embedDim, zChannels, 1, 1])],
    ["quant_conv.bias", aten.reshape(toFeatures(asColumn(quant.bias)), [embedDim])],
    ["post_quant_conv.weight", aten.reshape(toLatent, [zChannels, embedDim, 1, 1])],
    ["post_quant_conv.bias", aten.zeros([zChannels])],
  ];
}

function crossAttention(weights: Weights, words: Tensor): Named[] {
  const name = (part: string) => `${CROSS_ATTENTION}.${part}`;
  const channels = (weights.get(name("to_out.0.bias")) as TensorData).shape[0] as number;
  const random = toTensor(weights.get(name("to_k.weight")) as TensorData);
  const fitted = fitCrossAttention(words, random, channels);
  return [
    [name("to_q.weight"), fitted.to_q],
    [name("to_k.weight"), fitted.to_k],
    [name("to_v.weight"), fitted.to_v],
    [name("to_out.0.weight"), fitted.to_out],
    [name("to_out.0.bias"), fitted.bias],
  ];
}

function toTensor(data: TensorData): Tensor {
  return tensor(toFloat32(data), [...data.shape]);
}
