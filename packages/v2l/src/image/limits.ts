import { expected, V2LError } from "@v2l/nn";

export interface MaxPixelsOption {
  /**
   * The largest number of pixels that is decoded, told from the header before any pixel is read.
   * Default: 178,956,970, the size at which Pillow (and so the official code) refuses too.
   */
  readonly maxPixels?: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const DEFAULT_MAX_PIXELS = 178_956_970;

/** Below this side a picture is one colour or a line of them: there is nothing to put into words. */
const LEAST_SIDE = 2;

/** @throws V2LError IMAGE_TOO_LARGE above `maxPixels` */
export function checkMostPixels(
  { width, height }: Size,
  name: string,
  maxPixels = DEFAULT_MAX_PIXELS,
): void {
  if (width * height <= maxPixels) return;
  const pixels = `${width}x${height} = ${width * height} pixels`;
  const remedy = "Shrink the image, or raise the `maxPixels` option";
  throw new V2LError(
    "IMAGE_TOO_LARGE",
    expected(`at most ${maxPixels} pixels`, name, pixels, remedy),
  );
}

/** @throws V2LError IMAGE_TOO_SMALL below 2x2 pixels */
export function checkLeastSide({ width, height }: Size, name: string): void {
  if (Math.min(width, height) >= LEAST_SIDE) return;
  throw new V2LError(
    "IMAGE_TOO_SMALL",
    expected(`at least ${LEAST_SIDE}x${LEAST_SIDE} pixels`, name, `${width}x${height}`),
  );
}
