/** A tensor of the closed-form weights. */
export interface ClosedFormTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** torchvision's `features.N` of VGG16's convolutions: slice, index, input and output channels. */
const CONVOLUTIONS = [
  [1, 0, 3, 64],
  [1, 2, 64, 64],
  [2, 5, 64, 128],
  [2, 7, 128, 128],
  [3, 10, 128, 256],
  [3, 12, 256, 256],
  [3, 14, 256, 256],
  [4, 17, 256, 512],
  [4, 19, 512, 512],
  [4, 21, 512, 512],
  [5, 24, 512, 512],
  [5, 26, 512, 512],
  [5, 28, 512, 512],
] as const;

/**
 * The weights that stand in for VGG16 and LPIPS's linear layers in the conformance data, from one
 * linear congruential stream (conformance/README.md, "Closed-form VGG16 and LPIPS weights"), under the
 * official checkpoint's names.
 */
export function closedFormVgg(): Map<string, ClosedFormTensor> {
  let state = 20240229;
  const fill = (shape: readonly number[], value: (u: number) => number): ClosedFormTensor => {
    const data = new Float32Array(shape.reduce((product, size) => product * size));
    for (let i = 0; i < data.length; i++) {
      state = (Math.imul(1664525, state) + 1013904223) >>> 0;
      data[i] = value(state / 2 ** 32);
    }
    return { shape, data };
  };
  const weights = new Map<string, ClosedFormTensor>();
  for (const [slice, index, inputs, outputs] of CONVOLUTIONS) {
    const name = `perceptual_loss.net.slice${slice}.${index}`;
    const bound = Math.sqrt(6 / (9 * inputs));
    weights.set(
      `${name}.weight`,
      fill([outputs, inputs, 3, 3], (u) => (2 * u - 1) * bound),
    );
    weights.set(
      `${name}.bias`,
      fill([outputs], (u) => (2 * u - 1) * 0.1),
    );
  }
  [64, 128, 256, 512, 512].forEach((channels, i) => {
    weights.set(
      `perceptual_loss.lin${i}.model.1.weight`,
      fill([1, channels, 1, 1], (u) => u),
    );
  });
  return weights;
}
