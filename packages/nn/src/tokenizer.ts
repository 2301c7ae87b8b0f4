import type { VqganConfig } from "./config.js";
import { conv, linear, normal, unitNorm } from "./layers.js";
import { type Layer, type ParamSpec, type Run, Scope } from "./module.js";
import { type Quantized, quantize } from "./quantize.js";
import { vqganDecoder } from "./vqgan/decoder.js";
import { vqganEncoder } from "./vqgan/encoder.js";

/** The trained part of the V2L tokenizer. D = embedDim; the image side is a multiple of the grid's. */
export interface TokenizerNetwork {
  readonly config: VqganConfig;
  /** `encoder.*`, `quant_conv.*`, `codebook_projection.*`, `post_quant_conv.*`, `decoder.*`. */
  readonly params: readonly ParamSpec[];
  /** Image [N,3,S,S] in [-1,1] -> encoder output before `quant_conv` [N,zChannels,H,W]. */
  encodeLatent<T>(run: Run<T>, image: T): T;
  /** `quant_conv`, then division by the L2 norm over the channels: [N,D,H,W]. */
  features<T>(run: Run<T>, latent: T): T;
  /** Image [N,3,S,S] in [-1,1] -> features [N,D,H,W]. */
  encode<T>(run: Run<T>, image: T): T;
  /** Frozen codebook [V,D] -> the rows that features are compared with [V,D]; not normalised. */
  projectCodebook<T>(run: Run<T>, codebook: T): T;
  /** See {@link quantize}. */
  quantize<T>(run: Run<T>, features: T, projected: T): Quantized<T>;
  /** `post_quant_conv`: quantised rows [N,D,H,W] -> [N,zChannels,H,W]. */
  decodeLatent<T>(run: Run<T>, quantized: T): T;
  /** [N,zChannels,H,W] and global embeddings [N,K,D] -> image [N,3,S,S], about [-1,1], not clamped. */
  render<T>(run: Run<T>, latent: T, globalEmbeddings: T): T;
  /** Quantised rows [N,D,H,W] and global embeddings [N,K,D] -> image [N,3,S,S]. */
  decode<T>(run: Run<T>, quantized: T, globalEmbeddings: T): T;
}

/** Parts that can be left out, to learn what they are good for. Every bundle and checkpoint has them all. */
export interface TokenizerOptions {
  /**
   * Divide the features by their norm, cell by cell (default true). The official code does so where
   * `embed_dim` is the codebook's width and `tuning_codebook` is not -1, i.e. in every use of it.
   */
  readonly normalize?: boolean;
  /** The decoder attends to the global words (default true). Without, it ignores them. */
  readonly crossAttention?: boolean;
  /** A linear layer between the frozen codebook and what features are compared with (default true). */
  readonly projector?: boolean;
}

/** Encoder, 1x1 convolutions, codebook projection and decoder under the official names. */
export function tokenizerNetwork(
  config: VqganConfig,
  options: TokenizerOptions = {},
): TokenizerNetwork {
  const { embedDim, zChannels } = config;
  const { normalize = true, crossAttention = true, projector = true } = options;
  const scope = Scope.root();
  const encoder = vqganEncoder(scope.child("encoder"), config);
  const quantConv = conv(scope.child("quant_conv"), zChannels, embedDim, 1);
  const projection: Layer | null = projector
    ? linear(scope.child("codebook_projection"), embedDim, embedDim, {
        init: normal(embedDim ** -0.5),
      })
    : null;
  const postQuantConv = conv(scope.child("post_quant_conv"), embedDim, zChannels, 1);
  const decoder = vqganDecoder(scope.child("decoder"), config, crossAttention);
  const network: TokenizerNetwork = {
    config,
    params: scope.params(),
    encodeLatent: encoder,
    features: (run, latent) => {
      const features = quantConv(run, latent);
      return normalize ? unitNorm(run.ops, features, 1) : features;
    },
    encode: (run, image) => network.features(run, encoder(run, image)),
    projectCodebook: (run, codebook) => projection?.(run, codebook) ?? codebook,
    quantize,
    decodeLatent: postQuantConv,
    render: decoder,
    decode: (run, quantized, context) => decoder(run, postQuantConv(run, quantized), context),
  };
  return network;
}
