import {
  gridPicture,
  type Image,
  type ImageTokens,
  psnrRgb,
  type Reconstruction,
  savePng,
  strip,
} from "v2l";
import { decibel } from "./format.js";

/** Writes an image with its words: a piece on every cell, the global words beside it. */
export async function saveGrid(
  path: string,
  square: Image,
  { globalTokens, localTokens }: ImageTokens,
): Promise<void> {
  const content = { grid: localTokens, pieces: localTokens.pieces, words: globalTokens };
  await savePng(path, await gridPicture(square, content));
}

/** Writes original and reconstruction side by side. @returns their PSNR in decibel */
export async function saveComparison(
  path: string,
  { original, reconstruction }: Reconstruction,
): Promise<number> {
  const psnr = psnrRgb(original, reconstruction);
  const panels = [
    { image: original, caption: "original" },
    { image: reconstruction, caption: `from words, ${decibel(psnr)}` },
  ];
  await savePng(path, await strip(panels));
  return psnr;
}
