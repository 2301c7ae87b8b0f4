import { type Random, squaredDistances } from "@v2l/nn";
import { Adam, aten, backward, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";

/** x [N,I] -> x weight^T + bias [N,O] */
export interface Layer {
  /** [O,I] */
  readonly weight: Tensor;
  /** [1,O] */
  readonly bias: Tensor;
}

interface DescentOptions {
  readonly steps: number;
  readonly random: Random;
}

/** Cells that a step looks at. */
const CELLS = 2048;
/** First learning rate over the root mean square of the weights; it falls to zero as a cosine. */
const RATE = 0.5;
/** What distances are divided by before softmax, at first and at last, over the variance of cells. */
const [WARM, COLD] = [0.05, 0.01];
/** Weight of the entropy of the codebook's use beside the distance, over the variance of cells. */
const EVENNESS = 0.03;
/** Shares below it count as it. */
const SMALLEST_SHARE = 1e-9;

/**
 * Moves a codebook's rows, all by one layer, to where cells are: descent on the mean squared distance of
 * cells to the rows that they are assigned to, less the entropy of what all are assigned to together. Assignments are
 * soft at first, so that rows which are nearest to nothing are drawn to where they are needed; the entropy keeps a few
 * rows from taking all cells.
 * @param words inputs of the layer, one for each row of the codebook [V,I]
 * @param cells [M,O]
 * @param start the layer's first weights; kept
 */
export function evenAssignments(
  words: Tensor,
  cells: Tensor,
  start: Layer,
  { steps, random }: DescentOptions,
): Layer {
  const count = cells.shape[0] as number;
  const ops = new TorchOps(cells.device);
  const copy = (from: Tensor) => {
    const own = noGrad(() => aten.mulScalar(from, 1));
    own.requiresGrad = true;
    return own;
  };
  const [weight, bias] = [copy(start.weight), copy(start.bias)];
  const scales = noGrad(() => scope(() => [varianceOf(cells), meanSquare(weight)] as const));
  const [variance, size] = scales;
  using adam = new Adam(
    new Map([
      ["weight", weight],
      ["bias", bias],
    ]),
    { lr: 0 },
  );
  for (let step = 0; step < steps; step++) {
    const past = step / steps;
    adam.lr = RATE * Math.sqrt(size) * 0.5 * (1 + Math.cos(Math.PI * past));
    scope(() => {
      const drawn = Array.from({ length: Math.min(CELLS, count) }, () => random.integer(count));
      const rows = tensor(BigInt64Array.from(drawn, BigInt), [drawn.length], {
        device: cells.device,
      });
      const distances = squaredDistances(
        ops,
        aten.indexSelect(cells, 0, rows),
        aten.add(aten.matmul(words, aten.permute(weight, [1, 0])), bias),
      );
      const temperature = variance * WARM * (COLD / WARM) ** past;
      const shares = aten.softmax(aten.divScalar(distances, -temperature), 1);
      const error = aten.mean(aten.sum(aten.mul(shares, distances), [1]), [0]);
      const uses = aten.mean(shares, [0]);
      const logs = aten.log(aten.addScalar(uses, SMALLEST_SHARE));
      const negentropy = aten.sum(aten.mul(uses, logs), [0]);
      backward(aten.add(error, aten.mulScalar(negentropy, EVENNESS * variance)));
      adam.step();
      adam.zeroGrad();
    });
  }
  weight.requiresGrad = false;
  bias.requiresGrad = false;
  return { weight, bias };
}

/** Mean squared distance of rows to their mean. */
function varianceOf(rows: Tensor): number {
  const centred = aten.sub(rows, aten.mean(rows, [0], true));
  return aten.sum(aten.square(centred), [0, 1]).item() / (rows.shape[0] as number);
}

function meanSquare(values: Tensor): number {
  return aten.mean(aten.square(values), [0, 1]).item();
}
