/** Weights of red, green and blue (0..1) in the luma of ITU-R BT.601, which spans 219 of 255 steps. */
export const LUMA = [65.481 / 255, 128.553 / 255, 24.966 / 255] as const;
