import { fromFloat32, type TensorData } from "@v2l/nn";
import { aten, fromData, noGrad, operator, scope, type Tensor } from "@v2l/torch";
import { float32 } from "../run/parameters.js";

const solve = operator("linalg_solve(Tensor A, Tensor B, *, bool left=True) -> Tensor");

/** Ridge, as a share of the mean variance: directions that no row uses stay small. */
const RIDGE = 1e-6;

/** A linear layer of the codebook. */
export interface Projection {
  /** [D,D] */
  readonly weight: TensorData;
  /** [D] */
  readonly bias: TensorData;
}

/**
 * The projection under which the rows of another codebook of the same vocabulary come closest to where those of
 * the first one lie under theirs (least squares): a tokenizer keeps its codes when CLIP's texts were trained on.
 * @param from codebook [V,D] that the tokenizer was trained with
 * @param to the other one [V,D]
 * @returns also `residual`: the share of the rows' variance that is lost, 0 to 1
 */
export function refitProjection(
  from: TensorData,
  to: TensorData,
  projection: Projection,
): Projection & { readonly residual: number } {
  return noGrad(() =>
    scope(() => {
      const weight = fromData(float32(projection.weight));
      const wanted = aten.linear(
        fromData(float32(from)),
        weight,
        fromData(float32(projection.bias)),
      );
      const rows = fromData(float32(to));
      const width = to.shape[1] as number;
      const centre = (tensor: Tensor) => aten.mean(tensor, [0], true);
      const [x, y] = [aten.sub(rows, centre(rows)), aten.sub(wanted, centre(wanted))];
      const transposed = aten.permute(x, [1, 0]);
      const products = aten.matmul(transposed, x);
      const variance = products.toFloat32Array().reduce((sum, value, i) => {
        return i % (width + 1) === 0 ? sum + value / width : sum;
      }, 0);
      const ridge = aten.mulScalar(identity(width), RIDGE * variance);
      const fitted = solve(aten.add(products, ridge), aten.matmul(transposed, y));
      const next = aten.permute(fitted, [1, 0]);
      const bias = aten.sub(centre(wanted), aten.linear(centre(rows), next, null));
      const lost = aten.sub(aten.matmul(x, fitted), y);
      const squares = (tensor: Tensor) => aten.mean(aten.mul(tensor, tensor), [0, 1]).item();
      return {
        weight: fromFloat32(aten.contiguous(next).toFloat32Array(), [width, width]),
        bias: fromFloat32(bias.toFloat32Array(), [width]),
        residual: squares(lost) / squares(y),
      };
    }),
  );
}

function identity(width: number): Tensor {
  const values = Float32Array.from({ length: width ** 2 }, (_, i) => Number(i % (width + 1) === 0));
  return fromData(fromFloat32(values, [width, width]));
}
