import {
  type ClipConfig,
  elements,
  fromFloat32,
  initialize,
  type ParamSpec,
  type TensorData,
  toFloat32,
  type Weights,
} from "@v2l/nn";
import { readSafetensors } from "v2l";
import { neighbours } from "./neighbours.js";

const POSITIONS = "visual.positional_embedding";

/**
 * The weights a run starts from: random ones, or those of an earlier run whose pictures may have had
 * another size. Short token sequences first, long ones last, is several times cheaper for the same
 * result (Li, Wang, Xie: "An Inverse Scaling Law for CLIP Training", 2023).
 * @param path a `clip.safetensors`, or null
 */
export async function startingWeights(
  params: readonly ParamSpec[],
  config: ClipConfig,
  seed: number,
  path: string | null,
): Promise<Weights> {
  if (path === null) return initialize(params, seed);
  const weights = new Map((await readSafetensors(path)).weights);
  const positions = weights.get(POSITIONS);
  if (positions) {
    weights.set(
      POSITIONS,
      resizePositions(positions, config.vision.imageSize / config.vision.patchSize),
    );
  }
  return weights;
}

/**
 * Position embeddings for a square grid of `side` patches, interpolated bilinearly from another grid.
 * @param positions [1+n*n, width]: the class token's first, then the patches row by row
 */
export function resizePositions(positions: TensorData, side: number): TensorData {
  const [rows, width] = positions.shape as [number, number];
  const from = Math.round(Math.sqrt(rows - 1));
  if (from === side) return positions;
  const values = toFloat32(positions);
  const shape = [1 + side * side, width];
  const out = new Float32Array(elements(shape));
  out.set(values.subarray(0, width));
  const patch = (row: number, column: number) => (1 + row * from + column) * width;
  /** Where target cell `i` lies among the source cells; half-pixel centres. */
  const source = (i: number) => neighbours(((i + 0.5) * from) / side - 0.5, from);
  for (let y = 0; y < side; y++) {
    const [top, bottom, down] = source(y);
    for (let x = 0; x < side; x++) {
      const [left, right, across] = source(x);
      const corners = [
        [patch(top, left), (1 - down) * (1 - across)],
        [patch(top, right), (1 - down) * across],
        [patch(bottom, left), down * (1 - across)],
        [patch(bottom, right), down * across],
      ] as const;
      const at = (1 + y * side + x) * width;
      for (let i = 0; i < width; i++) {
        out[at + i] = corners.reduce(
          (sum, [p, share]) => sum + share * (values[p + i] as number),
          0,
        );
      }
    }
  }
  return fromFloat32(out, shape);
}
