import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import { checkLeastSide, checkMostPixels } from "../image/limits.js";
import { fromRaw, isRaw, WHITE } from "../image/raw-image.js";
import type { ImageParams } from "./messages.js";

const NAME = "image";

/**
 * A picture as 8-bit RGB, decoded by the browser: upright, colour profiles ignored, transparent pixels
 * on `background`.
 * @throws V2LError IMAGE_UNREADABLE; IMAGE_TOO_LARGE; IMAGE_TOO_SMALL; INVALID_ARGUMENT for raw pixels
 *   whose length does not fit their size
 */
export async function readImage({ image, options }: ImageParams): Promise<Image> {
  const read = isRaw(image) ? fromRaw(image, options) : await decode(image, options);
  checkLeastSide(read, NAME);
  return read;
}

async function decode(source: Blob | ImageBitmap, options: ImageParams["options"]): Promise<Image> {
  const bitmap = source instanceof Blob ? await bitmapOf(source) : source;
  try {
    const { width, height } = bitmap;
    checkMostPixels(bitmap, NAME, options.maxPixels);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw unreadableImage("no canvas of its size");
    context.fillStyle = `rgb(${(options.background ?? WHITE).join(" ")})`;
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    return fromRaw(context.getImageData(0, 0, width, height), {});
  } finally {
    bitmap.close();
  }
}

/** @throws V2LError IMAGE_UNREADABLE */
export async function bitmapOf(source: ImageBitmapSource): Promise<ImageBitmap> {
  if (source instanceof Blob && source.size === 0) throw unreadableImage("0 bytes");
  try {
    return await createImageBitmap(source, {
      colorSpaceConversion: "none",
      imageOrientation: "from-image",
    });
  } catch (cause) {
    throw unreadableImage(cause);
  }
}

export function unreadableImage(cause: unknown): V2LError {
  const remedy = "Check that it is a complete picture of a format that this browser shows";
  const received = cause instanceof Error ? cause.message : String(cause);
  const message = expected("a readable picture", NAME, received, remedy);
  return new V2LError("IMAGE_UNREADABLE", message, { cause });
}
