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
