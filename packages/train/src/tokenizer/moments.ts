import { aten, operator, type Tensor, tensor } from "@v2l/torch";

/** Variances below this share of the largest are raised to it before anything is divided by them. */
export const SMALLEST_VARIANCE = 1e-3;

const eigh = operator("linalg_eigh(Tensor self, str UPLO=L) -> (Tensor, Tensor)");

/** Mean [1,D]; variances along the principal axes, rising; the axes as columns [D,D]. */
export function moments(rows: Tensor): { mean: Tensor; variances: Float32Array; axes: Tensor } {
  const mean = aten.mean(rows, [0], true);
  const centred = aten.sub(rows, mean);
  const products = aten.matmul(aten.permute(centred, [1, 0]), centred);
  const [values, axes] = eigh(aten.mulScalar(products, 1 / (rows.shape[0] as number)));
  return { mean, variances: values.toFloat32Array(), axes };
}

/**
 * Maps rows to zero mean, uncorrelated dimensions of equal variance, and norm 1 on average. The
 * dimensions are in order of the variance they had, the largest last.
 */
export function whitening(rows: Tensor): { weight: Tensor; bias: Tensor } {
  const { mean, variances, axes } = moments(rows);
  const width = variances.length;
  const least = SMALLEST_VARIANCE * Math.max(...variances);
  const scales = variances.map((variance) => (Math.max(variance, least) * width) ** -0.5);
  const weight = aten.mul(aten.permute(axes, [1, 0]), tensor(scales, [width, 1]));
  const bias = aten.reshape(aten.neg(aten.linear(mean, weight, null)), [width]);
  return { weight: aten.contiguous(weight), bias };
}
