import { V2LError } from "@v2l/nn";
import {
  encodePng,
  type Image,
  type ImageReading,
  type ImageTokens,
  loadInput,
  readImages,
  type V2L,
} from "v2l";
import type { Tokens } from "./contract/index.js";
import { invalid } from "./errors.js";
import type { Service } from "./service.js";

const SCENE = "scene:";
/** Longest beginning of a data URL before its comma. */
const LONGEST_HEAD = 200;

/** How files of each kind begin. Others, such as SVG, are refused: they are programs for a reader. */
const MAGIC: readonly (readonly [kind: string, at: number, bytes: string])[] = [
  ["PNG", 0, "\x89PNG\r\n\x1a\n"],
  ["JPEG", 0, "\xff\xd8\xff"],
  ["GIF", 0, "GIF8"],
  ["WebP", 8, "WEBP"],
  ["AVIF", 4, "ftypavi"],
];
const KINDS = MAGIC.map(([kind]) => kind).join(", ");

/**
 * The bytes of a picture in a request: of a data URL, or of a demo scene.
 * @param name what to call it in errors
 * @throws ServerError REQUEST_INVALID, NOT_FOUND
 */
export function imageBytes(input: string, { scenes }: Service, name: string): Uint8Array {
  if (input.startsWith(SCENE)) return scenes.picture(input.slice(SCENE.length));
  return checkKind(dataUrlBytes(input, name), name);
}

/** The bytes of a base64 data URL. @throws ServerError REQUEST_INVALID */
export function dataUrlBytes(url: string, name: string): Uint8Array {
  const comma = url.slice(0, LONGEST_HEAD).indexOf(",");
  const head = url.slice(0, Math.max(0, comma)).toLowerCase();
  if (head.startsWith("data:") && head.endsWith(";base64")) {
    return Buffer.from(url.slice(comma + 1), "base64");
  }
  throw invalid("a data URL in base64", name, url.slice(0, 40));
}

/** Refuses files that are no picture of a known kind. @throws ServerError REQUEST_INVALID */
export function checkKind(bytes: Uint8Array, name: string): Uint8Array {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("latin1");
  const known = MAGIC.some(([, at, magic]) => head.startsWith(magic, at));
  if (known) return bytes;
  throw invalid(`a picture (${KINDS})`, name, `${bytes.length} other bytes`);
}

/**
 * Decodes a picture; its size is checked first.
 * @throws V2LError IMAGE_UNREADABLE, IMAGE_TOO_LARGE, IMAGE_TOO_SMALL
 */
export async function decodeImage(
  bytes: Uint8Array,
  { limits }: Pick<Service, "limits">,
  name: string,
): Promise<Image> {
  try {
    return await loadInput(bytes, { maxPixels: limits.pixels });
  } catch (error) {
    if (!(error instanceof V2LError)) throw error;
    // The library does not know what the request calls the picture.
    const message = error.message.replace(/`(the image bytes|image)`/, `\`${name}\``);
    throw new V2LError(error.code, message, { cause: error });
  }
}

/** Reads a picture of a request. See {@link imageBytes} and {@link decodeImage}. */
export async function readImage(input: string, service: Service, name = "image"): Promise<Image> {
  return decodeImage(imageBytes(input, service, name), service, name);
}

/** The words of a picture, nearest first, and of its parts. @param places how many of those */
export async function readingOf(
  image: Image,
  { v2l }: Pick<Service, "v2l">,
  places = 0,
): Promise<ImageReading> {
  const [reading] = await readImages(v2l, [image], { places });
  return reading as ImageReading;
}

/** A picture as a data URL of a PNG. */
export async function pngUrl(image: Image): Promise<string> {
  return `data:image/png;base64,${Buffer.from(await encodePng(image)).toString("base64")}`;
}

/** Tokens as an answer gives them. */
export function tokensOf(v2l: V2L, tokens: ImageTokens): Tokens {
  // The library's type is the same, but readonly.
  return v2l.tokensToJson(tokens) as Tokens;
}
