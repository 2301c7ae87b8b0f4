import {
  initialize,
  type ParamSpec,
  type TensorData,
  type TokenizerNetwork,
  toFloat32,
  type Weights,
} from "@v2l/nn";
import { aten, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { moments, SMALLEST_VARIANCE } from "./fit-projection.js";

/**
 * How the tokenizer starts. `random`: as PyTorch would, as the official code does. `fitted`: the
 * layers that read the frozen codebooks are scaled to them, which saves the training that would only
 * undo a poor start:
 * - the projector whitens the local codebook. Text embeddings share a large common direction, so
 *   under a random projector nearly all rows point the same way and few are ever the nearest;
 * - `quant_conv` whitens the encoder's first outputs for some pictures onto the same directions. At
 *   random all cells of all pictures point nearly the same way and share a dozen codes;
 * - `post_quant_conv` shows the decoder codes in unit scale, without a bias that would drown them;
 * - the cross attention's keys and values see deviations from the mean global row in unit scale, its
 *   queries are {@link QUERY_GAIN} times larger, and its output bias takes the mean away. At random
 *   its logits are all about 0.005: uniform attention, through which no spatial information passes.
 */
export type Start = "random" | "fitted";

const QUERY_GAIN = 10;
const CROSS_ATTENTION = "decoder.mid.cross_attn_1";

/** What a fitted start looks at. */
export interface StartingData {
  /** Local codebook [V,D]. */
  readonly local: TensorData;
  /** Global codebook [G,D]. */
  readonly global: TensorData;
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
      const projector = whitening(toTensor(data.local));
      set("codebook_projection.weight", projector.weight);
      set("codebook_projection.bias", projector.bias);

      const run = {
        ops: new TorchOps(),
        weight: (spec: ParamSpec) => get(spec.name),
        training: false,
      };
      const latents = aten.permute(encodeLatent(run, toTensor(data.images)), [0, 2, 3, 1]);
      const { zChannels, embedDim } = config;
      const quant = whitening(aten.reshape(latents, [-1, zChannels]));
      const unused = Math.max(0, embedDim - zChannels);
      const most = Math.max(0, zChannels - embedDim);
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

      const projected = aten.linear(toTensor(data.local), projector.weight, projector.bias);
      const postQuant = get("post_quant_conv.weight");
      const latent = aten.linear(projected, aten.reshape(postQuant, [zChannels, embedDim]), null);
      const rms = aten.mean(aten.square(latent), [0, 1]).item() ** 0.5;
      set("post_quant_conv.weight", aten.mulScalar(postQuant, 1 / rms));
      set("post_quant_conv.bias", aten.zeros([zChannels]));

      const rows = toTensor(data.global);
      const mean = aten.mean(rows, [0], true);
      const spread = aten.mean(aten.square(aten.sub(rows, mean)), [0, 1]).item() ** -0.5;
      const scaled = (part: string, factor: number) => {
        const name = `${CROSS_ATTENTION}.${part}.weight`;
        set(name, aten.mulScalar(get(name), factor));
      };
      scaled("to_q", QUERY_GAIN);
      scaled("to_k", spread);
      scaled("to_v", spread);
      const out = get(`${CROSS_ATTENTION}.to_out.0.weight`);
      const meanOutput = aten.linear(
        aten.linear(mean, get(`${CROSS_ATTENTION}.to_v.weight`), null),
        out,
        null,
      );
      const width = out.shape[0] as number;
      set(`${CROSS_ATTENTION}.to_out.0.bias`, aten.reshape(aten.neg(meanOutput), [width]));
    }),
  );
  return weights;
}

/**
 * Maps rows to zero mean, uncorrelated dimensions of equal variance, and norm 1 on average. The
 * dimensions are in order of the variance they had, the largest last.
 */
function whitening(rows: Tensor): { weight: Tensor; bias: Tensor } {
  const { mean, variances, axes } = moments(rows);
  const width = variances.length;
  const least = SMALLEST_VARIANCE * Math.max(...variances);
  const scales = variances.map((variance) => (Math.max(variance, least) * width) ** -0.5);
  const weight = aten.mul(aten.permute(axes, [1, 0]), tensor(scales, [width, 1]));
  const bias = aten.reshape(aten.neg(aten.linear(mean, weight, null)), [width]);
  return { weight: aten.contiguous(weight), bias };
}

function toTensor(data: TensorData): Tensor {
  return tensor(toFloat32(data), [...data.shape]);
}
