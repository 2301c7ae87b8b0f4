import type { Image } from "./image.js";

type Size = Pick<Image, "width" | "height">;

/** Where a value of the result comes from: two places of the source, and the weight of the second. */
type Tap = readonly [near: number, far: number, farWeight: number];

/**
 * Bilinear interpolation without antialias, half-pixel centres, in float32: PyTorch's
 * `interpolate(mode="bilinear", align_corners=False)`.
 * @param plane values of the size `from`, row by row
 * @param out where the values of the size `to` go
 */
export function interpolate(plane: Float32Array, from: Size, to: Size, out: Float32Array): void {
  const columns = taps(from.width, to.width);
  let at = 0;
  for (const [upper, lower, lowerWeight] of taps(from.height, to.height)) {
    for (const tap of columns) {
      const above = mix(plane, upper * from.width, tap);
      const below = mix(plane, lower * from.width, tap);
      out[at++] = blend(above, below, lowerWeight);
    }
  }
}

function taps(inSize: number, outSize: number): Tap[] {
  const scale = Math.fround(inSize / outSize);
  return Array.from({ length: outSize }, (_, i) => {
    const centre = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    const near = Math.floor(centre);
    return [near, Math.min(near + 1, inSize - 1), Math.fround(centre - near)];
  });
}

function mix(plane: Float32Array, row: number, [near, far, farWeight]: Tap): number {
  return blend(plane[row + near] as number, plane[row + far] as number, farWeight);
}

/** `near * (1 - w) + far * w` with one fused multiply-add, as PyTorch's AVX2 kernel rounds it. */
function blend(near: number, far: number, farWeight: number): number {
  return Math.fround(near * (1 - farWeight) + Math.fround(far * farWeight));
}
