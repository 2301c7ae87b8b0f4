import type { Image } from "../image/image.js";
import { checkLeastSide } from "../image/limits.js";
import { type ImageSource, type LoadImageOptions, loadImage } from "../image/load.js";

/**
 * Reads an image to tokenize: {@link loadImage}, and at least 2x2 pixels.
 * @throws V2LError IMAGE_TOO_SMALL; what {@link loadImage} throws.
 */
export async function loadInput(
  source: ImageSource,
  options: LoadImageOptions = {},
): Promise<Image> {
  const image = await loadImage(source, options);
  const named = typeof source === "string" || source instanceof URL;
  checkLeastSide(image, named ? String(source) : "image");
  return image;
}
