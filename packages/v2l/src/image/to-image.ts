import { expected, V2LError } from "@v2l/nn";
import type { Image } from "./image.js";

/**
 * The picture of network output: planes [3,height,width] in [-1,1], values outside clamped, as bytes
 * `round((x + 1) * 127.5)`.
 * @throws V2LError INVALID_ARGUMENT when the length does not fit the size.
 */
export function toImage(planes: Float32Array, width: number, height: number): Image {
  const pixels = width * height;
  if (planes.length !== pixels * 3) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(`3 * ${height} * ${width} values`, "planes", `${planes.length} values`),
    );
  }
  // A clamped array rounds (ties to even) and clamps on assignment.
  const data = new Uint8ClampedArray(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      data[i * 3 + c] = ((planes[c * pixels + i] as number) + 1) * 127.5;
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) };
}
