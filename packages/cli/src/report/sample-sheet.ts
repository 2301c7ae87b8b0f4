import {
  compose,
  type Image,
  type Layer,
  loadImage,
  type ReconstructionPicture,
  type ReconstructionSample,
  resize,
} from "v2l";
import { LIGHT } from "./chart.js";

const SIDE = 128;
const GAP = 8;
const NAMES_WIDTH = 130;

/** Which pictures of an image are shown, and how they are called. */
const SHOWN: readonly (readonly [ReconstructionPicture, string])[] = [
  ["original", "original"],
  ["reconstruction", "reconstruction"],
  ["shrunk", "shrunk to the grid"],
];

/** Originals, below each its reconstruction and what as many pixels as tokens would be. */
export async function sampleSheet(samples: readonly ReconstructionSample[]): Promise<Image> {
  const layers: Layer[] = [];
  for (const [row, [name]] of SHOWN.entries()) {
    for (const [column, { pictures }] of samples.entries()) {
      const image = await loadImage(Buffer.from(pictures[name], "base64"));
      layers.push({
        image: resize(image, { width: SIDE, height: SIDE }, "bicubic"),
        left: NAMES_WIDTH + column * (SIDE + GAP),
        top: GAP + row * (SIDE + GAP),
      });
    }
  }
  const size = {
    width: NAMES_WIDTH + samples.length * (SIDE + GAP),
    height: GAP + SHOWN.length * (SIDE + GAP),
  };
  const names = SHOWN.map(([, name], row) => {
    const y = GAP + row * (SIDE + GAP) + SIDE / 2;
    return `<text x="${NAMES_WIDTH - GAP}" y="${y}" text-anchor="end">${name}</text>`;
  });
  const style = `font-family="DejaVu Sans, sans-serif" font-size="12" fill="${LIGHT.ink}"`;
  return compose(size, LIGHT.ground, layers, `<g ${style}>${names.join("")}</g>`);
}
