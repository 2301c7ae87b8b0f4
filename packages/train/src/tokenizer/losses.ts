import type { Ops } from "@v2l/nn";

/** Mean absolute difference of two images. */
export function l1Loss<T>(ops: Ops<T>, a: T, b: T): T {
  return meanOfAll(ops, ops.abs(ops.sub(a, b)));
}

/** What the generator minimises: minus the mean logit of its pictures. */
export function adversarialLoss<T>(ops: Ops<T>, fakeLogits: T): T {
  return ops.affine(meanOfAll(ops, fakeLogits), -1);
}

/** What the discriminator minimises: 0.5 (mean relu(1 - real) + mean relu(1 + fake)). */
export function hingeLoss<T>(ops: Ops<T>, realLogits: T, fakeLogits: T): T {
  const real = meanOfAll(ops, ops.relu(ops.affine(realLogits, -1, 1)));
  const fake = meanOfAll(ops, ops.relu(ops.affine(fakeLogits, 1, 1)));
  return ops.affine(ops.add(real, fake), 0.5);
}

export function meanOfAll<T>(ops: Ops<T>, x: T): T {
  return ops.mean(
    x,
    ops.shape(x).map((_, dim) => dim),
  );
}

/** Largest value of {@link adaptiveWeight} before `rateD`. */
const MAX_WEIGHT = 1e4;

/**
 * The weight of the adversarial loss: the ratio of the two gradients' norms at the decoder's last
 * weight, so that neither drowns the other (VQ-GAN, equation 7), times `rateD`.
 */
export function adaptiveWeight(
  reconstructionNorm: number,
  adversarialNorm: number,
  rateD: number,
): number {
  return Math.min(reconstructionNorm / (adversarialNorm + 1e-4), MAX_WEIGHT) * rateD;
}
