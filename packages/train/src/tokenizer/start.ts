import { initialize, type TensorData, type TokenizerNetwork, type Weights } from "@v2l/nn";
import { aten, fromData, noGrad, scope, type Tensor } from "@v2l/torch";
import { float32 } from "../run/parameters.js";
import { fitBottleneck } from "./fit-bottleneck.js";
import { fitCrossAttention } from "./fit-cross-attention.js";

/**
 * How the tokenizer starts. `random`: as PyTorch would, as the official code does. `fitted`: as a
 * nearly linear map that passes colours through, which saves the training that would only undo a poor
 * start:
 * - residual branches end in zeros. At random their normalised noise drowns the picture: the mean
 *   colour of a cell is no linear function of the encoder's last features any more;
 * - the layers between encoder and decoder are fitted to the frozen codebook and to some pictures, see
 *   {@link fitBottleneck}. At random all cells of all pictures share a dozen codes;
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
  { local, words, images }: StartingData,
): Weights {
  const weights = new Map(initialize(network.params, seed));
  if (start === "random") return weights;
  return noGrad(() =>
    scope(() => {
      const branches = withoutResidualBranches(network, weights);
      const bottleneck = fitBottleneck(network, branches, toTensor(local), toTensor(images));
      return only(network, [
        ...branches,
        ...bottleneck,
        ...crossAttention(weights, toTensor(words)),
      ]);
    }),
  );
}

/** The last layers of all residual branches at zero: blocks start as the identity. */
function withoutResidualBranches({ params }: TokenizerNetwork, weights: Weights): Weights {
  const branches = params.filter(({ name }) => /\.(conv2|proj_out)\.(weight|bias)$/.test(name));
  const zeros = branches.map(({ name, shape }) => [name, aten.zeros(shape).toData()] as const);
  return new Map([...weights, ...zeros]);
}

/** The weights of the layers that the network has. */
function only(
  { params }: TokenizerNetwork,
  weights: Iterable<readonly [string, TensorData]>,
): Weights {
  const names = new Set(params.map(({ name }) => name));
  return new Map([...weights].filter(([name]) => names.has(name)));
}

function crossAttention(weights: Weights, words: Tensor): (readonly [string, TensorData])[] {
  if (!weights.has(`${CROSS_ATTENTION}.to_k.weight`)) return [];
  const name = (part: string) => `${CROSS_ATTENTION}.${part}`;
  const channels = (weights.get(name("to_out.0.bias")) as TensorData).shape[0] as number;
  const random = toTensor(weights.get(name("to_k.weight")) as TensorData);
  const fitted = fitCrossAttention(words, random, channels);
  return [
    [name("to_q.weight"), fitted.to_q.toData()],
    [name("to_k.weight"), fitted.to_k.toData()],
    [name("to_v.weight"), fitted.to_v.toData()],
    [name("to_out.0.weight"), fitted.to_out.toData()],
    [name("to_out.0.bias"), fitted.bias.toData()],
  ];
}

function toTensor(data: TensorData): Tensor {
  return fromData(float32(data));
}
