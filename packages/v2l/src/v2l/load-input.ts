import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import { type ImageSource, type LoadImageOptions, loadImage } from "../image/load.js";

/** Below this side a picture is one colour or a line of them: there is nothing to put into words. */
const LEAST_SIDE = 2;

/**
 * Reads an image to tokenize: {@link loadImage}, and at least 2x2 pixels.
 * @throws V2LError IMAGE_TOO_SMALL; what {@link loadImage} throws.
 */
export async function loadInput(
  source: ImageSource,
  options: LoadImageOptions = {},
): Promise<Image> {
  const image = await loadImage(source, options);
  const { width, height } = image;
  if (Math.min(width, height) >= LEAST_SIDE) return image;
  const name = typeof source === "string" || source instanceof URL ? String(source) : "image";
  throw new V2LError(
    "IMAGE_TOO_SMALL",
    expected(`at least ${LEAST_SIDE}x${LEAST_SIDE} pixels`, name, `${width}x${height}`),
  );
}
