import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import { isRaw, type RawImage } from "../image/raw-image.js";
import type { SentImage } from "./messages.js";
import { bitmapOf, unreadableImage } from "./read-image.js";

/**
 * Where a picture comes from: a file or its bytes, raw pixels (`ImageData` among them), or what a page
 * shows: an `<img>`, `<canvas>` or `<video>`, or an `ImageBitmap`.
 */
export type BrowserImageSource =
  | Blob
  | ArrayBuffer
  | Uint8Array<ArrayBuffer>
  | RawImage
  | ImageBitmapSource;

/** The picture as it goes to the worker: files are decoded there, elements here. */
export async function sendImage(source: BrowserImageSource): Promise<SentImage> {
  if (source instanceof Blob) return source.type === "image/svg+xml" ? renderSvg(source) : source;
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return new Blob([source]);
  if (isRaw(source)) {
    const { data, width, height } = source;
    const { channels } = source as RawImage;
    return { data, width, height, ...(channels === undefined ? {} : { channels }) };
  }
  if (typeof source !== "object" || source === null) {
    const what = "a file, its bytes, raw pixels or an element of the page";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "source", typeof source));
  }
  return bitmapOf(source);
}

/** Workers cannot render SVG; the page can, without scripts and without what the file links to. */
async function renderSvg(blob: Blob): Promise<ImageBitmap> {
  const url = URL.createObjectURL(blob);
  try {
    const element = new Image();
    element.src = url;
    await element.decode().catch((cause: unknown) => {
      throw unreadableImage(cause);
    });
    return await bitmapOf(element);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A picture for `CanvasRenderingContext2D.putImageData`. */
export function toImageData({ width, height, data }: Image): ImageData {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data.set(data.subarray(i * 3, i * 3 + 3), i * 4);
    pixels.data[i * 4 + 3] = 255;
  }
  return pixels;
}
