import type { ClipPreprocess } from "../bundle/manifest.js";
import { type Box, crop as cropped, type Image } from "./image.js";
import { interpolate } from "./interpolate.js";
import { resize } from "./resize.js";
import { resizeOpenCv, roundHalfEven } from "./resize-opencv.js";

/** Mean of red, green and blue that CLIP subtracts. */
export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
/** Standard deviation of red, green and blue that CLIP divides by. */
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711] as const;

/** Which square of a resized picture is taken. */
export interface SquareCrop {
  /** By how many pixels the picture's shorter side is larger than the square. Default 0. */
  readonly margin?: number;
  /** Where the square lies. Default `centre`. */
  readonly anchor?: "centre" | "lower right";
}

/**
 * The square that CLIP sees: shorter side resized to `size` by Pillow's bicubic, centre cropped.
 * Equal to torchvision's `Resize(size, BICUBIC)` and `CenterCrop(size)` on an RGB picture.
 */
export function clipSquare(image: Image, size: number, crop: SquareCrop = {}): Image {
  const shorter = Math.min(image.width, image.height);
  const resized = size + (crop.margin ?? 0);
  const scaled = (side: number) => {
    return side === shorter ? resized : Math.trunc((resized * side) / shorter);
  };
  const whole = { width: scaled(image.width), height: scaled(image.height) };
  return resize(image, whole, "bicubic", squareBox(whole, size, crop, roundHalfEven));
}

/** @param round what becomes of half a pixel when the square lies in the middle */
function squareBox(
  { width, height }: Pick<Image, "width" | "height">,
  size: number,
  { anchor = "centre" }: SquareCrop,
  round: (half: number) => number,
): Box {
  const start = (side: number) => (anchor === "centre" ? round((side - size) / 2) : side - size);
  return { left: start(width), top: start(height), width: size, height: size };
}

/**
 * CLIP's input [3,size,size]: {@link clipSquare}, then `(byte / 255 - mean) / std`, each step rounded
 * to float32 as torchvision does.
 * @param out where the values go; default a new array
 */
export function clipInput(
  image: Image,
  size: number,
  out: Float32Array = new Float32Array(3 * size * size),
): Float32Array {
  return toPlanes(clipSquare(image, size), clipTable(), out);
}

/**
 * The tokenizer's input [3,size,size] in [-1,1]: the shorter side resized to `size`, centre cropped, and
 * `byte / 127.5 - 1`. `official` resizes by OpenCV's bilinear without antialias, the evaluation path
 * of the official code (albumentations' `SmallestMaxSize` and `CenterCrop`); `demo` by
 * {@link clipSquare}, whose antialias keeps the small details of large images. The official reconstruction script prepares 256 pixels instead of the 128 the
 * model was trained with: pass that size to repeat its figures.
 * @param out where the values go; default a new array
 */
export function tokenizerInput(
  image: Image,
  size: number,
  preprocess: ClipPreprocess,
  out: Float32Array = new Float32Array(3 * size * size),
): Float32Array {
  return toPlanes(tokenizerSquare(image, size, preprocess), tokenizerTable(), out);
}

/**
 * The square that the tokenizer reconstructs, as a picture: what to compare a reconstruction with.
 */
export function tokenizerSquare(
  image: Image,
  size: number,
  preprocess: ClipPreprocess,
  crop: SquareCrop = {},
): Image {
  const cut = preprocess === "official" ? officialSquare : clipSquare;
  return cut(image, size, crop);
}

/**
 * The tokenizer's input as the official training code (step 4) makes it: CLIP's input of `clipSize`
 * pixels, brought to `size` by bilinear interpolation without antialias (half-pixel centres), then
 * un-normalised and mapped to [-1,1]. Float32 throughout; values may leave [-1,1] by rounding only.
 */
export function trainingInput(image: Image, size: number, clipSize = 224): Float32Array {
  const pixels = clipInput(image, clipSize);
  const out = new Float32Array(3 * size * size);
  const { fround } = Math;
  for (let c = 0; c < 3; c++) {
    const mean = fround(CLIP_MEAN[c] as number);
    const std = fround(CLIP_STD[c] as number);
    const plane = pixels.subarray(c * clipSize ** 2, (c + 1) * clipSize ** 2);
    const resized = out.subarray(c * size ** 2, (c + 1) * size ** 2);
    interpolate(plane, square(clipSize), square(size), resized);
    for (let i = 0; i < resized.length; i++) {
      const value = fround(fround(std * (resized[i] as number)) + mean);
      resized[i] = fround(2 * value - 1);
    }
  }
  return out;
}

function square(side: number): Pick<Image, "width" | "height"> {
  return { width: side, height: side };
}

/** albumentations' `SmallestMaxSize(size + margin)` and `CenterCrop(size, size)`, or the other square. */
function officialSquare(image: Image, size: number, crop: SquareCrop): Image {
  const scale = (size + (crop.margin ?? 0)) / Math.min(image.width, image.height);
  const whole = {
    width: roundHalfEven(image.width * scale),
    height: roundHalfEven(image.height * scale),
  };
  const box = squareBox(whole, size, crop, Math.floor);
  if (scale === 1) return cropped(image, box);
  return resizeOpenCv(image, whole, box);
}

/** What each byte becomes, per channel: three rows of 256. */
type Table = Float32Array;

function clipTable(): Table {
  const { fround } = Math;
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const channel = i >> 8;
    const centred = fround(fround((i & 255) / 255) - fround(CLIP_MEAN[channel] as number));
    return centred / fround(CLIP_STD[channel] as number);
  });
}

function tokenizerTable(): Table {
  return Float32Array.from({ length: 3 * 256 }, (_, i) => (i & 255) / 127.5 - 1);
}

/**
 * The picture's planes [3,height,width] in [-1,1], as it is: `byte / 127.5 - 1`.
 * @param out where the values go; default a new array
 */
export function unitPlanes(
  image: Image,
  out: Float32Array = new Float32Array(image.data.length),
): Float32Array {
  return toPlanes(image, tokenizerTable(), out);
}

/** Interleaved bytes to one plane per channel, through a table. */
function toPlanes(image: Image, table: Table, out: Float32Array): Float32Array {
  const pixels = image.width * image.height;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      out[c * pixels + i] = table[c * 256 + (image.data[i * 3 + c] as number)] as number;
    }
  }
  return out;
}
