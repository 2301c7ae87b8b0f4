import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expected, V2LError } from "@v2l/nn";
import sharp, { type Metadata } from "sharp";
import type { Image } from "./image.js";
import { checkMostPixels, type MaxPixelsOption } from "./limits.js";
import { type BackgroundOption, fromRaw, isRaw, type RawImage, WHITE } from "./raw-image.js";

/** Where an image comes from: a path or file URL, the bytes of an encoded file, or raw pixels. */
export type ImageSource = string | URL | Uint8Array | ArrayBuffer | RawImage;

export interface LoadImageOptions extends BackgroundOption, MaxPixelsOption {
  /** Which frame of an animated file, from 0. Default: the first. */
  readonly frame?: number;
}

/** Names of files that {@link loadImage} reads. */
export const IMAGE_EXTENSION = /\.(avif|gif|jpe?g|png|svg|tiff?|webp)$/i;

/**
 * Reads an image as 8-bit RGB.
 *
 * Files are decoded by sharp (JPEG, PNG, WebP, GIF, AVIF, TIFF, SVG) and turned upright as their EXIF
 * orientation says. Transparent pixels are composited on `background`. 16 bits become 8, grey becomes
 * RGB, CMYK is converted through its profile. Colour profiles of RGB and grey files are ignored, as
 * Pillow, the official code's reader, does: the models saw such pixels.
 *
 * @throws V2LError FILE_NOT_FOUND; IMAGE_UNREADABLE for a directory and for an empty, truncated or
 *   foreign file; IMAGE_TOO_LARGE above `maxPixels`; INVALID_ARGUMENT for a frame that does not exist
 *   and for raw pixels whose length does not fit their size.
 */
export async function loadImage(
  source: ImageSource,
  options: LoadImageOptions = {},
): Promise<Image> {
  if (isRaw(source)) return fromRaw(source, options);
  const input = await openSource(source);
  const name = nameOf(input);
  const { maxPixels, frame = 0 } = options;
  try {
    const cmyk = await inspect(input, name, maxPixels, frame);
    return await decode(input, cmyk, frame, options.background ?? WHITE);
  } catch (cause) {
    if (cause instanceof V2LError) throw cause;
    throw unreadable("a complete image file", name, reason(cause), cause);
  }
}

/**
 * How many frames an image has: 1 unless it is animated (GIF, WebP), or has pages (TIFF).
 * @throws V2LError FILE_NOT_FOUND; IMAGE_UNREADABLE
 */
export async function countFrames(source: ImageSource): Promise<number> {
  if (isRaw(source)) return 1;
  const input = await openSource(source);
  try {
    return (await readHeader(input)).pages ?? 1;
  } catch (cause) {
    throw unreadable("a complete image file", nameOf(input), reason(cause), cause);
  }
}

async function openSource(source: string | URL | Uint8Array | ArrayBuffer) {
  if (typeof source === "object" && !(source instanceof URL)) {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    if (!(bytes instanceof Uint8Array)) {
      throw new V2LError(
        "INVALID_ARGUMENT",
        expected("a path, the bytes of a file or raw pixels", "source", typeof source),
      );
    }
    if (bytes.length === 0) throw unreadable("an image file", "the image bytes", "0 bytes");
    return bytes;
  }
  const path = typeof source === "string" ? source : fileURLToPath(source);
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
      const remedy = "Check the path; it is taken relative to the working directory";
      const message = expected("an existing file", "image", path, remedy);
      throw new V2LError("FILE_NOT_FOUND", message, { cause });
    }
    throw unreadable("a readable file", path, cause.message, cause);
  });
  if (info.isDirectory()) {
    throw unreadable("an image file", path, "a directory", undefined, "Name the files inside it");
  }
  if (info.size === 0 && info.isFile()) throw unreadable("an image file", path, "an empty file");
  return path;
}

type Input = string | Uint8Array;

function nameOf(input: Input): string {
  return typeof input === "string" ? input : "the image bytes";
}

function readHeader(input: Input): Promise<Metadata> {
  return sharp(input, { limitInputPixels: false }).metadata();
}

/** Checks what the header says. Returns whether the pixels are CMYK. */
async function inspect(
  input: Input,
  name: string,
  maxPixels: number | undefined,
  frame: number,
): Promise<boolean> {
  const header = await readHeader(input);
  const { width, height } = header;
  checkMostPixels({ width, height }, name, maxPixels);
  const frames = header.pages ?? 1;
  if (!Number.isInteger(frame) || frame < 0 || frame >= frames) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(`a frame from 0 to ${frames - 1}`, "frame", frame),
    );
  }
  return header.space === "cmyk";
}

async function decode(
  input: Input,
  cmyk: boolean,
  frame: number,
  background: readonly [number, number, number],
): Promise<Image> {
  const [r, g, b] = background;
  const { data, info } = await sharp(input, {
    failOn: "error",
    limitInputPixels: false,
    page: frame,
    pages: 1,
    ignoreIcc: !cmyk,
  })
    .autoOrient()
    .flatten({ background: { r, g, b } })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const raw = { data, width: info.width, height: info.height };
  if (info.channels === 3) return raw;
  return fromRaw({ ...raw, channels: info.channels }, { background });
}

function unreadable(
  what: string,
  name: string,
  received: string,
  cause?: unknown,
  remedy = "Check that the file is a complete JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG",
): V2LError {
  return new V2LError("IMAGE_UNREADABLE", expected(what, name, received, remedy), { cause });
}

/** The first line of the decoder's message. */
function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.trim().split("\n")[0] ?? "an unknown error";
}
