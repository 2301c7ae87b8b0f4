/** What a restoration undoes (paper section 3.4). */
export const RESTORATION_TASKS = ["inpaint", "outpaint", "deblur", "unshift", "unrotate"] as const;
export type RestorationTask = (typeof RESTORATION_TASKS)[number];

/** A grid of local tokens, row by row. */
export interface GridSize {
  readonly height: number;
  readonly width: number;
}
