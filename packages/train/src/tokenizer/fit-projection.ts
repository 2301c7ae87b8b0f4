import { fromFloat32, type TensorData } from "@v2l/nn";
import { aten, noGrad, scope, type Tensor, tensor } from "@v2l/torch";
import { moments, SMALLEST_VARIANCE } from "./moments.js";

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
