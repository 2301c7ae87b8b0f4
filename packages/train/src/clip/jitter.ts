import type { Random } from "@v2l/nn";

/** Probability that a picture loses its colours, at full strength. */
const GREY = 0.3;

/**
 * Changes light and colour of a picture at random, in place, so that a model learns shapes: contrast,
 * brightness, saturation, a tint, and now and then no colour at all.
 * @param planes [3,H,W] in CLIP's normalised units (about -2 to 2)
 * @param strength 0: nothing happens; 1: factors between 0.4 and 1.6, offsets up to 0.6
 */
export function jitter(planes: Float32Array, strength: number, random: Random): void {
  if (strength === 0) return;
  const reach = 0.6 * strength;
  const around = (centre: number) => random.uniform(centre - reach, centre + reach);
  const contrast = around(1);
  const saturation = random.uniform() < GREY * strength ? 0 : around(1);
  const brightness = around(0);
  const tint = [around(0) / 2, around(0) / 2, around(0) / 2];
  const size = planes.length / 3;
  for (let i = 0; i < size; i++) {
    const r = planes[i] as number;
    const g = planes[size + i] as number;
    const b = planes[2 * size + i] as number;
    const grey = 0.3 * r + 0.59 * g + 0.11 * b;
    for (let c = 0; c < 3; c++) {
      const colour = (planes[c * size + i] as number) - grey;
      const value = contrast * (grey + saturation * colour) + brightness + (tint[c] as number);
      planes[c * size + i] = value;
    }
  }
}
