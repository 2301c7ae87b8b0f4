import { expected, V2LError } from "@v2l/nn";
import { checkImage, type Image } from "./image.js";

/** Uncompressed pixels: 1 channel is grey, 2 grey and alpha, 3 RGB, 4 RGBA. Interleaved, 8 bits each. */
export interface RawImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** Default: what the length of `data` says. */
  readonly channels?: 1 | 2 | 3 | 4;
}

export interface BackgroundOption {
  /** What shows through transparent pixels, as red, green, blue in 0..255. Default: white. */
  readonly background?: readonly [number, number, number];
}

export const WHITE = [255, 255, 255] as const;

export function isRaw(source: unknown): source is RawImage {
  return typeof source === "object" && source !== null && "data" in source;
}

/**
 * Raw pixels as RGB.
 * @throws V2LError INVALID_ARGUMENT where their length does not fit their size.
 */
export function fromRaw(raw: RawImage, options: BackgroundOption): Image {
  const { width, height } = raw;
  const pixels = width * height;
  const channels = raw.channels ?? raw.data.length / pixels;
  if (![1, 2, 3, 4].includes(channels) || raw.data.length !== pixels * channels) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(
        `width * height * channels bytes (${width} * ${height} * ${raw.channels ?? "1 to 4"})`,
        "source.data",
        `${raw.data.length} bytes`,
      ),
    );
  }
  const bytes = new Uint8Array(raw.data.buffer, raw.data.byteOffset, raw.data.length);
  if (channels === 3) return checkImage({ width, height, data: bytes }, "source");
  const data = new Uint8Array(pixels * 3);
  const background = options.background ?? WHITE;
  const alpha = channels % 2 === 0 ? channels - 1 : -1;
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      const value = bytes[i * channels + (channels < 3 ? 0 : c)] as number;
      const cover = alpha < 0 ? 255 : (bytes[i * channels + alpha] as number);
      const behind = background[c] as number;
      data[i * 3 + c] = Math.round((value * cover + behind * (255 - cover)) / 255);
    }
  }
  return checkImage({ width, height, data }, "source");
}
