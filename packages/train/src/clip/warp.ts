import type { Random } from "@v2l/nn";
import { neighbours } from "./neighbours.js";

/**
 * Stretches and shears a picture at random about its centre, in place, so that a model learns what is
 * the same in differently drawn shapes. Bilinear; what comes from outside repeats the border.
 * @param planes [3,side,side]
 * @param strength 0: nothing happens; 1: sides by factors of 0.74 to 1.35, shears up to 0.3
 */
export function warp(planes: Float32Array, side: number, strength: number, random: Random): void {
  if (strength === 0) return;
  const reach = 0.3 * strength;
  const factor = () => Math.exp(random.uniform(-reach, reach));
  const shear = () => random.uniform(-reach, reach);
  const [xx, yy, xy, yx] = [factor(), factor(), shear(), shear()];
  const centre = (side - 1) / 2;
  const size = side * side;
  const source = planes.slice();
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [dx, dy] = [x - centre, y - centre];
      const [left, right, across] = neighbours(centre + xx * dx + xy * dy, side);
      const [top, bottom, down] = neighbours(centre + yx * dx + yy * dy, side);
      for (let plane = 0; plane < 3 * size; plane += size) {
        const value = (row: number, column: number) =>
          source[plane + row * side + column] as number;
        const upper = value(top, left) * (1 - across) + value(top, right) * across;
        const lower = value(bottom, left) * (1 - across) + value(bottom, right) * across;
        planes[plane + y * side + x] = upper * (1 - down) + lower * down;
      }
    }
  }
}
