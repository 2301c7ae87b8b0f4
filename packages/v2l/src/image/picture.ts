import { expected, V2LError } from "@v2l/nn";
import sharp from "sharp";
import { atomicWriteFile } from "../files/atomic-write.js";
import { FONTS, registerFonts } from "./fonts.js";
import { checkImage, type Image } from "./image.js";
import { resize } from "./resize.js";
import { escapeXml, fitFont } from "./svg.js";

/** The picture as the bytes of a PNG file. */
export async function encodePng(image: Image): Promise<Uint8Array> {
  return sharp(image.data, { raw: rawOf(checkImage(image)) })
    .png()
    .toBuffer();
}

/** Writes the picture as a PNG file, whole or not at all. Missing folders are made. */
export async function savePng(path: string, image: Image): Promise<void> {
  await atomicWriteFile(path, await encodePng(image));
}

/** One picture of a strip and the line below it. */
export interface Panel {
  readonly image: Image;
  readonly caption: string;
}

const GAP = 8;
const CAPTION_HEIGHT = 28;

/**
 * Pictures side by side on white, each with its caption below.
 * @param options.height height of every picture in pixels; widths follow. Default 256
 * @throws V2LError INVALID_ARGUMENT when there is no picture.
 */
export async function strip(
  panels: readonly Panel[],
  options: { readonly height?: number } = {},
): Promise<Image> {
  if (panels.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one picture", "panels", "none"));
  }
  const height = options.height ?? 256;
  const layers: Layer[] = [];
  const captions: string[] = [];
  let left = GAP;
  for (const { image, caption } of panels) {
    const width = Math.max(1, Math.round((image.width / image.height) * height));
    layers.push({ image: resize(image, { width, height }, "bicubic"), left, top: GAP });
    const fontSize = fitFont(caption, 15, width);
    const at = `x="${left + width / 2}" y="${GAP + height + 20}" font-size="${fontSize}"`;
    captions.push(`<text ${at}>${escapeXml(caption)}</text>`);
    left += width + GAP;
  }
  const size = { width: left, height: height + CAPTION_HEIGHT + GAP };
  const style = `font-family="${FONTS}" text-anchor="middle" fill="#222"`;
  return compose(size, "#ffffff", layers, `<g ${style}>${captions.join("")}</g>`);
}

/** A picture and where its upper left corner goes. */
export interface Layer {
  readonly image: Image;
  readonly left: number;
  readonly top: number;
}

/**
 * Draws pictures and, on top of them, SVG elements on a plain background.
 * @param drawing the elements inside `<svg>`, in pixels of the result
 */
export async function compose(
  size: { readonly width: number; readonly height: number },
  background: string,
  layers: readonly Layer[],
  drawing: string,
): Promise<Image> {
  const { width, height } = size;
  const root = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`;
  const pictures = layers.map(({ image, left, top }) => {
    return { input: Buffer.from(image.data), raw: rawOf(image), left, top };
  });
  await registerFonts();
  const data = await sharp({ create: { width, height, channels: 3, background } })
    .composite([...pictures, { input: Buffer.from(`${root}${drawing}</svg>`), left: 0, top: 0 }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data };
}

function rawOf({ width, height }: Image) {
  return { width, height, channels: 3 as const };
}
