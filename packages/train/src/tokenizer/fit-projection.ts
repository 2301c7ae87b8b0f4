import { fromFloat32, Random, type TensorData } from "@v2l/nn";
import { aten, noGrad, operator, scope, type Tensor, tensor } from "@v2l/torch";
import { evenAssignments, type Layer } from "./even-assignments.js";
import { moments, SMALLEST_VARIANCE } from "./moments.js";

const qr = operator('linalg_qr(Tensor A, str mode="reduced") -> (Tensor Q, Tensor R)');

export interface FitOptions {
  /** Steps of {@link evenAssignments}; 0, the default: rows get the features' moments, no more. */
  readonly steps?: number;
  /** Of the directions that are put onto each other, and of the cells that each step looks at. */
  readonly seed?: number;
}

/**
 * The projection that puts a codebook's rows where the features are: first with the same mean and covariance, then
 * so that features lie near to rows and rows are used evenly. Directions of the codebook in which it hardly varies
 * take no part, nor do directions in which features do not vary: there all rows agree.
 *
 * The codebook's directions are mixed at random: a mix of many is nearer to a normal distribution than the
 * directions of largest variance, in which words lie in clusters.
 * @param codebook [V,D]
 * @param features [M,D]
 */
export function fitProjection(
  codebook: Tensor,
  features: Tensor,
  { steps = 0, seed = 0 }: FitOptions = {},
): { weight: TensorData; bias: TensorData } {
  const random = new Random(seed);
  return scope(() => {
    const { from, to, words, cells, start } = noGrad(() => {
      const [from, to] = [axesOf(codebook), axesOf(features)];
      const words = aten.div(from.along(codebook), from.deviations);
      const cells = to.along(features);
      return { from, to, words, cells, start: startingLayer(from.count, to, random) };
    });
    const layer = steps === 0 ? start : evenAssignments(words, cells, start, { steps, random });
    return noGrad(() => {
      const outwards = aten.matmul(to.axes, aten.div(layer.weight, from.deviations));
      const weight = aten.matmul(outwards, aten.permute(from.axes, [1, 0]));
      const centre = aten.add(to.mean, aten.linear(layer.bias, to.axes, null));
      const bias = aten.sub(centre, aten.linear(from.mean, weight, null));
      const width = codebook.shape[1] as number;
      return {
        weight: fromFloat32(aten.contiguous(weight).toFloat32Array(), [width, width]),
        bias: fromFloat32(bias.toFloat32Array(), [width]),
      };
    });
  });
}

/** The directions in which rows [N,D] vary. */
interface Axes {
  /** [1,D] */
  readonly mean: Tensor;
  readonly count: number;
  /** [D,count] */
  readonly axes: Tensor;
  /** Standard deviations along them [1,count]. */
  readonly deviations: Tensor;
  /** Coordinates [N,count] of rows, from the mean on. */
  readonly along: (rows: Tensor) => Tensor;
}

function axesOf(rows: Tensor): Axes {
  const { mean, variances, axes } = moments(rows);
  const least = SMALLEST_VARIANCE * Math.max(...variances);
  const kept = [...variances].filter((variance) => variance >= least);
  const own = aten.slice(axes, 1, variances.length - kept.length);
  const options = { device: rows.device };
  return {
    mean,
    count: kept.length,
    axes: own,
    deviations: tensor(kept.map(Math.sqrt), [1, kept.length], options),
    along: (all) => aten.matmul(aten.sub(all, mean), own),
  };
}

/** From whitened coordinates of words to those of cells: a random part of a rotation, then the cells' deviations. */
function startingLayer(inputs: number, to: Axes, random: Random): Layer {
  const size = Math.max(inputs, to.count);
  const options = { device: to.axes.device };
  const values = Array.from({ length: size * size }, () => random.normal());
  const [rotation] = qr(tensor(values, [size, size], options));
  const mixed = aten.slice(aten.slice(rotation, 0, 0, to.count), 1, 0, inputs);
  const scaled = aten.mul(mixed, aten.permute(to.deviations, [1, 0]));
  return { weight: scaled, bias: tensor(new Float32Array(to.count), [1, to.count], options) };
}
