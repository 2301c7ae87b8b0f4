import type { Image } from "v2l";

/** The picture that `picture` in the Python scripts beside the fixtures makes. */
export function lcgPicture(width: number, height: number, seed: number): Image {
  const data = new Uint8Array(width * height * 3);
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width, height, data };
}

/** Smooth content with that picture's noise, as the scripts of metrics make it. */
export function mixedPicture(width: number, height: number, seed: number): Image {
  const data = lcgPicture(width, height, seed).data.map((noise, i) => {
    const pixel = Math.floor(i / 3);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return ((x + 2 * y) * 3 + Math.floor(noise / 4)) % 256;
  });
  return { width, height, data };
}
