import {
  type ClipNetwork,
  expected,
  type LpipsNetwork,
  type Ops,
  type Run,
  V2LError,
} from "@v2l/nn";
import { CLIP_MEAN, CLIP_STD } from "v2l";
import { meanOfAll } from "./losses.js";

/** A distance between pictures [N,3,S,S] in [-1,1], averaged over the batch: a scalar. */
export type PerceptualLoss<T> = (original: T, reconstruction: T) => T;

/** LPIPS on VGG16, as the official code uses it. */
export function lpipsLoss<T>(run: Run<T>, network: LpipsNetwork): PerceptualLoss<T> {
  return (original, reconstruction) =>
    meanOfAll(run.ops, network.forward(run, original, reconstruction));
}

/**
 * LPIPS's recipe on the hidden states of a CLIP's vision half instead of VGG16: every token's state
 * divided by its norm, squared differences summed over the width, averaged over tokens and layers.
 * @param layers 0: the input of the first block; i: the output of block i
 * @param side of the pictures: a multiple of CLIP's; larger pictures are averaged down
 */
export function clipLoss<T>(
  run: Run<T>,
  network: ClipNetwork,
  layers: readonly number[],
  side: number,
): PerceptualLoss<T> {
  const { imageSize } = network.config.vision;
  if (side % imageSize !== 0) {
    throw new V2LError(
      "UNSUPPORTED",
      expected(`a picture side that is a multiple of ${imageSize}`, "perceptual.kind clip", side),
    );
  }
  const { ops } = run;
  const features = (image: T) => {
    const pixels = clipPixels(ops, image, side / imageSize);
    return network.imageFeatures(run, pixels, layers).map((state) => unitRows(ops, state));
  };
  return (original, reconstruction) => {
    const wanted = features(original);
    const terms = features(reconstruction).map((state, i) => {
      const squares = ops.square(ops.sub(state, wanted[i] as T));
      return meanOfAll(ops, ops.sum(squares, [2]));
    });
    const total = terms.reduce((sum, term) => ops.add(sum, term));
    return ops.affine(total, 1 / terms.length);
  };
}

/** [-1,1] to CLIP's normalised pixels, `factor` times smaller. */
function clipPixels<T>(ops: Ops<T>, image: T, factor: number): T {
  const [batch, channels, height, width] = ops.shape(image) as [number, number, number, number];
  const blocks = [batch, channels, height / factor, factor, width / factor, factor];
  const small = factor === 1 ? image : ops.mean(ops.reshape(image, blocks), [3, 5]);
  const scale = CLIP_STD.map((std) => 0.5 / std);
  const shift = CLIP_MEAN.map((mean, c) => (0.5 - mean) / (CLIP_STD[c] as number));
  const perChannel = (values: number[]) => ops.constant(new Float32Array(values), [1, 3, 1, 1]);
  return ops.add(ops.mul(small, perChannel(scale)), perChannel(shift));
}

function unitRows<T>(ops: Ops<T>, x: T): T {
  return ops.div(x, ops.sqrt(ops.affine(ops.sum(ops.square(x), [-1], true), 1, 1e-12)));
}
