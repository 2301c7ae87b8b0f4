import type { Image } from "v2l";

/** Pictures to train on. Item `i` is always the same picture. */
export interface Dataset {
  readonly length: number;
  item(index: number): Promise<Image>;
}
