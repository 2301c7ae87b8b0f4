import { batchNorm, conv, normal } from "./layers.js";
import { type Layer, type ParamSpec, type Run, Scope } from "./module.js";

export interface DiscriminatorNetwork {
  /** `discriminator.main.N.*`, with BatchNorm's running statistics as buffers. */
  readonly params: readonly ParamSpec[];
  /** Image [N,3,S,S] -> one logit per patch [N,1,S/4-2,S/4-2]; positive means real. */
  forward<T>(run: Run<T>, image: T): T;
}

/** The PatchGAN of the VQ-GAN with two strided layers of 64 and 128 channels, started at N(0, 0.02). */
export function discriminatorNetwork(): DiscriminatorNetwork {
  const scope = Scope.root();
  const main = scope.child("discriminator.main");
  const init = normal(0.02);
  const scale = normal(0.02, 1);
  const leaky: Layer = (run, x) => run.ops.leakyRelu(x, 0.2);
  const layers: Layer[] = [
    conv(main.child("0"), 3, 64, 4, { stride: 2, padding: 1, init }),
    leaky,
    conv(main.child("2"), 64, 128, 4, { stride: 2, padding: 1, bias: false, init }),
    batchNorm(main.child("3"), 128, scale),
    leaky,
    conv(main.child("5"), 128, 256, 4, { padding: 1, bias: false, init }),
    batchNorm(main.child("6"), 256, scale),
    leaky,
    conv(main.child("8"), 256, 1, 4, { padding: 1, init }),
  ];
  return {
    params: scope.params(),
    forward: (run, image) => layers.reduce((x, layer) => layer(run, x), image),
  };
}
