import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import { LUMA } from "./luma.js";
import { checkRegion, checkSizes, type Region } from "./region.js";

export interface SsimOptions {
  /**
   * `rgb`, the default: the mean over the three channels, as the official evaluation has it (piq's
   * `ssim`). `y`: on luma, BT.601 in its video range, where other papers take grey.
   */
  readonly channels?: "rgb" | "y";
  /** Where the centres of the windows lie that count; default everywhere. */
  readonly region?: Region;
}

const SIDE = 11;
const RADIUS = (SIDE - 1) / 2;
const SIGMA = 1.5;
/** (K1 L)^2 and (K2 L)^2 for bytes. */
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Structural similarity of two pictures of one size, -1 to 1, equal ones 1: the mean of the index over all
 * windows of 11x11 pixels that lie inside the picture, each a Gaussian of sigma 1.5. Wang et al., "Image
 * Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004, with K1 0.01
 * and K2 0.03, on the pictures as they are. (Both the paper's code and piq halve pictures from about 384
 * pixels on before.) With a region, windows at its border see what lies outside too.
 * @throws V2LError INVALID_ARGUMENT when the sizes differ, a side is below 11 pixels, or no window's
 *   centre lies in the region.
 */
export function ssim(a: Image, b: Image, { channels = "rgb", region }: SsimOptions = {}): number {
  checkSizes(a, b);
  if (Math.min(a.width, a.height) < SIDE) {
    const what = `pictures of at least ${SIDE}x${SIDE}`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "a", `${a.width}x${a.height}`));
  }
  const counted = centres(a, region);
  const planes = channels === "rgb" ? [0, 1, 2].map(channel) : [luma];
  const means = planes.map((plane) => {
    const map = ssimMap(plane(a), plane(b), a.width, a.height);
    return counted.reduce((sum, window) => sum + (map[window] as number), 0) / counted.length;
  });
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}

type Plane = (image: Image) => Float64Array;

function channel(c: number): Plane {
  return ({ data }) => {
    return Float64Array.from({ length: data.length / 3 }, (_, i) => data[i * 3 + c] as number);
  };
}

const luma: Plane = ({ data }) => {
  return Float64Array.from({ length: data.length / 3 }, (_, i) => {
    return LUMA.reduce((sum, weight, c) => sum + weight * (data[i * 3 + c] as number), 0);
  });
};

/** The windows, by their place in the map, whose centres count. */
function centres(image: Image, region: Region | undefined): number[] {
  const { width, height } = image;
  const columns = width - SIDE + 1;
  const windows = [...new Array(columns * (height - SIDE + 1)).keys()];
  if (region === undefined) return windows;
  checkRegion(image, region);
  const inside = windows.filter((window) => {
    const [y, x] = [Math.floor(window / columns) + RADIUS, (window % columns) + RADIUS];
    return region.hidden[y * width + x] === 1;
  });
  if (inside.length > 0) return inside;
  const what = `a pixel at least ${RADIUS} pixels from the edge`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, "region", "none"));
}

/** The index of every window, row by row. */
function ssimMap(x: Float64Array, y: Float64Array, width: number, height: number): Float64Array {
  const mean = (values: Float64Array) => weightedMeans(values, width, height);
  const [mx, my] = [mean(x), mean(y)];
  const xx = mean(x.map((value) => value ** 2));
  const yy = mean(y.map((value) => value ** 2));
  const xy = mean(x.map((value, i) => value * (y[i] as number)));
  return mx.map((a, i) => {
    const b = my[i] as number;
    const covariance = (xy[i] as number) - a * b;
    const variances = (xx[i] as number) - a * a + (yy[i] as number) - b * b;
    const luminance = (2 * a * b + C1) / (a * a + b * b + C1);
    return (luminance * (2 * covariance + C2)) / (variances + C2);
  });
}

const WINDOW = gaussian();

function gaussian(): number[] {
  const values = Array.from({ length: SIDE }, (_, i) => {
    return Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA ** 2));
  });
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

/** The weighted mean of each window inside the plane: rows, then columns. */
function weightedMeans(values: Float64Array, width: number, height: number): Float64Array {
  const across = slide(values, { lines: height, length: width, step: 1, stride: width });
  const columns = width - SIDE + 1;
  return slide(across, { lines: columns, length: height, step: columns, stride: 1 });
}

/** Lines of values: how many, how long, how far apart the values of a line, and the lines, lie. */
interface Lines {
  readonly lines: number;
  readonly length: number;
  readonly step: number;
  readonly stride: number;
}

/** Slides the window along each line. Along columns the result keeps the layout, along rows it shrinks. */
function slide(values: Float64Array, { lines, length, step, stride }: Lines): Float64Array {
  const windows = length - SIDE + 1;
  const out = new Float64Array(lines * windows);
  const nextLine = step === 1 ? windows : stride;
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < windows; i++) {
      let sum = 0;
      for (let k = 0; k < SIDE; k++) {
        sum += (WINDOW[k] as number) * (values[line * stride + (i + k) * step] as number);
      }
      out[line * nextLine + i * step] = sum;
    }
  }
  return out;
}
