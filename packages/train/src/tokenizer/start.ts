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
 * - the projector whitens the local codebook. Text embeddings share a large common direction, so
 *   under a random projector nearly all rows point the same way and few are ever the nearest;
 * - `quant_conv` whitens the encoder's first outputs for some pictures onto the same directions. At
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
  { params, config, encodeLatent }: TokenizerNetwork,
  seed: number,
  start: Start,
  data: StartingData,
): Weights {
  const weights = new Map(initialize(params, seed));
  if (start === "random") return weights;
  noGrad(() =>
    scope(() => {
      const set = (name: string, value: Tensor) => weights.set(name, value.toData());
      const get = (name: string) => toTensor(weights.get(name) as TensorData);
      const { zChannels, embedDim } = config;
      const unused = Math.max(0, embedDim - zChannels);
      const most = Math.max(0, zChannels - embedDim);
      const projector = whitening(toTensor(data.local));
      const toLatentDimensions = (tensor: Tensor) =>
        aten.mulScalar(
          aten.cat(
            [aten.zeros([unused, tensor.shape[1] as number]), aten.slice(tensor, 0, unused)],
            0,
          ),
          (embedDim / (embedDim - unused)) ** 0.5,
        );
      const projectorWeight = toLatentDimensions(projector.weight);
      const projectorBias = aten.reshape(
        toLatentDimensions(aten.reshape(projector.bias, [-1, 1])),
        [embedDim],
      );
      set("codebook_projection.weight", projectorWeight);
      set("codebook_projection.bias", projectorBias);

      const run = {
        ops: new TorchOps(),
        weight: (spec: ParamSpec) => get(spec.name),
        training: false,
      };
      const latents = aten.permute(encodeLatent(run, toTensor(data.images)), [0, 2, 3, 1]);
      const quant = whitening(aten.reshape(latents, [-1, zChannels]));
      // Features are divided by their norm, so their scale is free: unit variance keeps Adam's steps
      // on the bias small beside them. At norm 1 it would drown them within a hundred steps.
      const toFeatures = (tensor: Tensor) =>
        aten.mulScalar(
          aten.cat(
            [aten.zeros([unused, tensor.shape[1] as number]), aten.slice(tensor, 0, most)],
            0,
          ),
          zChannels ** 0.5,
        );
      set("quant_conv.weight", aten.reshape(toFeatures(quant.weight), [embedDim, zChannels, 1, 1]));
      set(
        "quant_conv.bias",
        aten.reshape(toFeatures(aten.reshape(quant.bias, [-1, 1])), [embedDim]),
      );
      // Features and rows have norm 1, so this gives the latent unit scale.
      const fromFeatures = aten.permute(toFeatures(aten.eye(zChannels)), [1, 0]);
      set(
        "post_quant_conv.weight",
        aten.reshape(aten.contiguous(fromFeatures), [zChannels, embedDim, 1, 1]),
      );
      set("post_quant_conv.bias", aten.zeros([zChannels]));

      const cross = (part: string) => `${CROSS_ATTENTION}.${part}`;
      const channels = weights.get(cross("to_out.0.bias"))?.shape[0] as number;
      const random = get(cross("to_k.weight"));
      const fitted = fitCrossAttention(toTensor(data.words), random, channels);
      for (const part of ["to_q", "to_k", "to_v"] as const) {
        set(cross(`${part}.weight`), fitted[part]);
      }
      set(cross("to_out.0.weight"), fitted.to_out);
      set(cross("to_out.0.bias"), fitted.bias);
    }),
  );
  return weights;
}

function toTensor(data: TensorData): Tensor {
  return tensor(toFloat32(data), [...data.shape]);
}
