import { meanColor } from "../degradation/index.js";
import type { Image } from "../image/image.js";
import { resize } from "../image/resize.js";

/** The picture in its mean colour. */
export function inMeanColour(image: Image): Image {
  const color = meanColor(image);
  const data = Uint8Array.from({ length: image.data.length }, (_, i) => color[i % 3] as number);
  return { ...image, data };
}

/** The picture shrunk to a size and enlarged again, both bicubic. */
export function throughSize(
  image: Image,
  size: { readonly width: number; readonly height: number },
): Image {
  const { width, height } = image;
  return resize(resize(image, size, "bicubic"), { width, height }, "bicubic");
}
