import {
  expected,
  fromFloat32,
  type ParamSpec,
  type TensorData,
  toFloat32,
  V2LError,
  type Weights,
} from "@v2l/nn";

/** What writes to the residual stream; all other matrices read from it. */
const WRITER = /^tok_embeddings\.|\.(attention\.wo|feed_forward\.w2)\.weight$/;

/**
 * A larger network that begins as a trained one: layers that this one does not have are put on top; dimensions, heads
 * (of the same size) and hidden units after its own. They change nothing at first, since all of them read from the
 * residual stream but write zeros to it (after Chen, Goodfellow, Shlens: "Net2Net", 2016). Other tensors than layers
 * are not made up, and none of the trained network is left out: what does not fit is for `checkWeights` to tell.
 * @param random what the larger network would start from
 * @throws V2LError INVALID_ARGUMENT where a tensor of the trained one does not fit
 */
export function grown(params: readonly ParamSpec[], random: Weights, trained: Weights): Weights {
  const started = params.filter(({ name }) => trained.has(name) || name.startsWith("layers."));
  const weights = started.map(({ name, shape }): [string, TensorData] => {
    const known = trained.get(name);
    if (known !== undefined && String(known.shape) === String(shape)) return [name, known];
    if (known !== undefined) checkFits(name, known.shape, shape);
    if (known !== undefined && shape.length === 1) return [name, grownNorm(known, shape)];
    const start = toFloat32(random.get(name) as TensorData).slice();
    if (WRITER.test(name)) start.fill(0);
    if (known !== undefined) setCorner(start, shape, known);
    return [name, fromFloat32(start, shape)];
  });
  return new Map([...trained, ...weights]);
}

function checkFits(name: string, small: readonly number[], large: readonly number[]): void {
  if (small.length === large.length && small.every((size, i) => size <= (large[i] as number)))
    return;
  const what = `weights of at most ${large.join("x")}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, name, small.join("x")));
}

/**
 * The scales of a root-mean-square norm. The mean is over more dimensions, the new ones of which are zero at first,
 * so what is divided by it comes out larger.
 */
function grownNorm(known: TensorData, shape: readonly number[]): TensorData {
  const scales = toFloat32(known);
  const size = shape[0] as number;
  const mean = scales.reduce((sum, scale) => sum + scale, 0) / scales.length;
  const smaller = Math.sqrt(scales.length / size);
  const all = Float32Array.from({ length: size }, (_, i) => smaller * (scales[i] ?? mean));
  return fromFloat32(all, shape);
}

/** Puts a smaller matrix where a larger one's first rows and columns are. */
function setCorner(values: Float32Array, shape: readonly number[], corner: TensorData): void {
  const [rows, columns] = corner.shape as [number, number];
  const known = toFloat32(corner);
  const width = shape[1] as number;
  for (let row = 0; row < rows; row++) {
    values.set(known.subarray(row * columns, (row + 1) * columns), row * width);
  }
}
