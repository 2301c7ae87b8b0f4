import { fromFloat32, type TensorData } from "@v2l/nn";
import { aten, noGrad, operator, scope, type Tensor, tensor } from "@v2l/torch";

/** Variances of a codebook below this share of the largest are raised to it. */
export const SMALLEST_VARIANCE = 1e-3;

const eigh = operator("linalg_eigh(Tensor self, str UPLO=L) -> (Tensor, Tensor)");

/**
 * The projection that gives a codebook's rows the mean and the covariance of the features, the
 * directions of largest variance onto each other: every row then lies where features do.
 * @param codebook [V,D]
 * @param features [M,D]
 */
export function fitProjection(
  codebook: Tensor,
  features: Tensor,
): { weight: TensorData; bias: TensorData } {
  return noGrad(() =>
    scope(() => {
      const from = moments(codebook);
      const to = moments(features);
      const width = from.variances.length;
      const least = SMALLEST_VARIANCE * Math.max(...from.variances);
      const scales = to.variances.map((variance, i) =>
        Math.sqrt(Math.max(variance, 0) / Math.max(from.variances[i] as number, least)),
      );
      const scaled = aten.mul(to.axes, tensor(scales, [1, width]));
      const weight = aten.matmul(scaled, aten.permute(from.axes, [1, 0]));
      const bias = aten.sub(to.mean, aten.linear(from.mean, weight, null));
      return {
        weight: fromFloat32(weight.toFloat32Array(), [width, width]),
        bias: fromFloat32(bias.toFloat32Array(), [width]),
      };
    }),
  );
}

/** Mean [1,D]; variances along the principal axes, rising; the axes as columns [D,D]. */
export function moments(rows: Tensor): { mean: Tensor; variances: Float32Array; axes: Tensor } {
  const mean = aten.mean(rows, [0], true);
  const centred = aten.sub(rows, mean);
  const products = aten.matmul(aten.permute(centred, [1, 0]), centred);
  const [values, axes] = eigh(aten.mulScalar(products, 1 / (rows.shape[0] as number)));
  return { mean, variances: values.toFloat32Array(), axes };
}
