import { conv } from "./layers.js";
import { type Layer, type ParamSpec, type Run, Scope } from "./module.js";
import type { Ops } from "./ops.js";

export interface LpipsNetwork {
  /**
   * `perceptual_loss.net.sliceI.N.*` (VGG16, N as in torchvision's `features.N`) and
   * `perceptual_loss.linI.model.1.weight`, as in the official checkpoint.
   */
  readonly params: readonly ParamSpec[];
  /** Distance of two images [N,3,S,S] in [-1,1], one number per pair: [N]. */
  forward<T>(run: Run<T>, a: T, b: T): T;
  /** ReLU 1_2, 2_2, 3_3, 4_3 and 5_3 of VGG16 for images in [-1,1]. */
  features<T>(run: Run<T>, image: T): T[];
}

/** Per slice: output channels, then the torchvision indices of its convolutions. */
const SLICES: readonly (readonly [channels: number, indices: readonly number[]])[] = [
  [64, [0, 2]],
  [128, [5, 7]],
  [256, [10, 12, 14]],
  [512, [17, 19, 21]],
  [512, [24, 26, 28]],
];

const SHIFT = new Float32Array([-0.03, -0.088, -0.188]);
const SCALE = new Float32Array([0.458, 0.448, 0.45]);

/**
 * LPIPS on VGG16 (Zhang et al. 2018), without the dropout in front of its 1x1 layers.
 * Features are divided by sqrt(sum of squares + 1e-20): to float32 precision the official
 * "norm + 1e-10", but with a finite gradient where a cell has no active feature.
 */
export function lpipsNetwork(): LpipsNetwork {
  const scope = Scope.root();
  const root = scope.child("perceptual_loss");
  const slices = vggSlices(root.child("net"));
  const lins = SLICES.map(([channels], i) =>
    conv(root.child(`lin${i}.model.1`), channels, 1, 1, { bias: false }),
  );
  const network: LpipsNetwork = {
    params: scope.params(),
    features: (run, image) => {
      const { ops } = run;
      const shift = ops.constant(SHIFT, [1, 3, 1, 1]);
      let x = ops.div(ops.sub(image, shift), ops.constant(SCALE, [1, 3, 1, 1]));
      return slices.map((slice) => {
        x = slice(run, x);
        return x;
      });
    },
    forward: (run, a, b) => {
      const { ops } = run;
      const others = network.features(run, b);
      const terms = network.features(run, a).map((feature, i) => {
        const other = unitChannels(ops, others[i] as typeof feature);
        const difference = ops.square(ops.sub(unitChannels(ops, feature), other));
        return ops.mean((lins[i] as Layer)(run, difference), [1, 2, 3]);
      });
      return terms.reduce((total, term) => ops.add(total, term));
    },
  };
  return network;
}

function vggSlices(scope: Scope): Layer[] {
  let inputs = 3;
  return SLICES.map(([channels, indices], i) => {
    const convs = indices.map((index) => {
      const layer = conv(scope.child(`slice${i + 1}.${index}`), inputs, channels, 3, {
        padding: 1,
      });
      inputs = channels;
      return layer;
    });
    return (run, x) => {
      const pooled = i === 0 ? x : run.ops.maxPool2d(x, 2, { stride: 2 });
      return convs.reduce((h, layer) => run.ops.relu(layer(run, h)), pooled);
    };
  });
}

function unitChannels<T>(ops: Ops<T>, x: T): T {
  const squares = ops.sum(ops.square(x), [1], true);
  return ops.div(x, ops.sqrt(ops.affine(squares, 1, 1e-20)));
}
