import type { ParamSpec, TensorData, TokenizerNetwork, Weights } from "@v2l/nn";
import { aten, fromData, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { float32 } from "../run/parameters.js";
import { fitProjection } from "./fit-projection.js";
import { moments, whitening } from "./moments.js";

/**
 * The layers from the encoder's last features to the decoder's first, fitted to some pictures: a cell's
 * latent is a constant and the largest principal components of the pixels it stands for, as far as
 * the encoder's features determine them linearly. The constant keeps their size, which would be lost
 * when features are divided by their norm.
 *
 * - `encoder.conv_out` by least squares;
 * - `quant_conv` copies the latent into the last dimensions of the features;
 * - the projector gives the codebook's rows the mean and covariance of these features;
 * - `post_quant_conv` copies back, in about unit scale;
 * - the bias of `decoder.conv_in` takes the mean of its outputs away. It would make the queries of the
 *   cross attention nearly the same in all cells.
 * @param weights all others; residual branches at zero, or features hardly show the picture
 * @param codebook local codebook [V,D]
 * @param images [N,3,S,S] in [-1,1]
 */
export function fitBottleneck(
  network: TokenizerNetwork,
  weights: Weights,
  codebook: Tensor,
  images: Tensor,
): ReadonlyMap<string, TensorData> {
  const { zChannels, embedDim } = network.config;
  const used = Math.min(zChannels, embedDim);
  const fitted = new Map<string, TensorData>();
  const convOut = fitConvOut(encoderFeatures(network, weights, images), images, zChannels);
  fitted.set("encoder.conv_out.weight", convOut.weight.toData());
  fitted.set("encoder.conv_out.bias", convOut.bias.toData());

  const copied = aten.slice(aten.eye(zChannels), 0, zChannels - used);
  const copy = aten.cat([aten.zeros([embedDim - used, zChannels]), copied], 0);
  const copyBack = aten.mulScalar(aten.permute(copy, [1, 0]), used ** 0.5);
  fitted.set("quant_conv.weight", kernel(copy).toData());
  fitted.set("quant_conv.bias", aten.zeros([embedDim]).toData());
  fitted.set("post_quant_conv.weight", kernel(copyBack).toData());
  fitted.set("post_quant_conv.bias", aten.zeros([zChannels]).toData());

  const all = new Map([...weights, ...fitted]);
  const maps = network.encode(run(all), images);
  const latent = network.decodeLatent(run(all), maps);
  fitted.set("decoder.conv_in.bias", centredBias(all, "decoder.conv_in", latent).toData());
  const projection = fitProjection(codebook, toRows(maps));
  fitted.set("codebook_projection.weight", projection.weight);
  fitted.set("codebook_projection.bias", projection.bias);
  return fitted;
}

/** What `encoder.conv_out` reads [N,C,H,W]. */
function encoderFeatures(network: TokenizerNetwork, weights: Weights, images: Tensor): Tensor {
  let last: Tensor | undefined;
  const observe = (path: string, value: Tensor) => {
    if (path === "encoder.norm_out") last = value;
  };
  network.encodeLatent({ ...run(weights), observe }, images);
  return aten.silu(last as Tensor);
}

/** The layer whose outputs are, in this order: zeros, a constant, components of rising variance. */
function fitConvOut(features: Tensor, images: Tensor, zChannels: number) {
  const inputs = toRows(features);
  const { components, variances } = principalComponents(images, features.shape, zChannels - 1);
  const count = variances.length;
  const total = variances.reduce((sum, variance) => sum + variance, 0);
  const { weight, bias } = leastSquares(inputs, components);
  // Their scale is free, since features are divided by their norm. At this one Adam's steps on the
  // biases are small beside them; at norm 1 they would drown them within a hundred steps.
  const scale = (zChannels / total) ** 0.5;
  const zeros = aten.zeros([zChannels - count, inputs.shape[1] as number]);
  const centre = aten.cat([zeros, aten.mulScalar(weight, scale)], 0);
  const constant = tensor(
    Array.from({ length: zChannels - count }, (_, i) =>
      i === zChannels - count - 1 ? zChannels ** 0.5 : 0,
    ),
    [zChannels - count],
  );
  return {
    weight: aten.constantPadNd(kernel(centre), [1, 1, 1, 1]),
    bias: aten.cat([constant, aten.mulScalar(bias, scale)], 0),
  };
}

/** The components [N*H*W,count] of the pixels behind each cell that vary most, the largest last. */
function principalComponents(images: Tensor, grid: readonly number[], most: number) {
  const [count, channels, height, width] = images.shape as [number, number, number, number];
  const [rows, columns] = grid.slice(2) as [number, number];
  const [y, x] = [height / rows, width / columns];
  const patches = aten.reshape(
    aten.permute(aten.reshape(images, [count, channels, rows, y, columns, x]), [0, 2, 4, 1, 3, 5]),
    [count * rows * columns, channels * y * x],
  );
  const { mean, variances, axes } = moments(patches);
  const first = Math.max(0, variances.length - most);
  const components = aten.matmul(aten.sub(patches, mean), aten.slice(axes, 1, first));
  return { components, variances: variances.slice(first) };
}

/** The affine map from inputs [M,C] to targets [M,K] with the least squared error. */
function leastSquares(inputs: Tensor, targets: Tensor): { weight: Tensor; bias: Tensor } {
  const [count, width] = inputs.shape as [number, number];
  const white = whitening(inputs); // covariance I/width
  const regressors = aten.linear(inputs, white.weight, white.bias);
  const products = aten.matmul(aten.permute(targets, [1, 0]), regressors);
  const slopes = aten.mulScalar(products, width / count);
  const mean = aten.reshape(aten.mean(targets, [0], true), [-1]);
  const offset = aten.matmul(slopes, aten.reshape(white.bias, [width, 1]));
  return {
    weight: aten.matmul(slopes, white.weight),
    bias: aten.add(mean, aten.reshape(offset, [-1])),
  };
}

function run(weights: Weights) {
  const weight = ({ name }: ParamSpec) => toTensor(weights, name);
  return { ops: new TorchOps(), weight, training: false };
}

/** The bias with which a 3x3 convolution of these inputs has mean zero. */
function centredBias(weights: Weights, name: string, inputs: Tensor): Tensor {
  const [weight, bias] = [`${name}.weight`, `${name}.bias`].map((part) => toTensor(weights, part));
  const outputs = aten.conv2d(inputs, weight as Tensor, bias as Tensor, 1, 1);
  return aten.sub(bias as Tensor, aten.mean(outputs, [0, 2, 3]));
}

function toTensor(weights: Weights, name: string): Tensor {
  return fromData(float32(weights.get(name) as TensorData));
}

/** [N,C,H,W] -> [N*H*W,C] */
function toRows(map: Tensor): Tensor {
  return aten.reshape(aten.permute(map, [0, 2, 3, 1]), [-1, map.shape[1] as number]);
}

/** A matrix [O,I] as the kernel of a 1x1 convolution. */
function kernel(matrix: Tensor): Tensor {
  return aten.reshape(matrix, [...matrix.shape, 1, 1]);
}
