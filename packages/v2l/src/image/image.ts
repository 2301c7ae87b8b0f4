import { expected, V2LError } from "@v2l/nn";

/** An 8-bit RGB picture: `data` holds `width * height` interleaved red, green, blue triples, row by row. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A rectangle of pixels, `left` and `top` counted from the upper left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Checks that `data` has the length that the size asks for.
 * @throws V2LError INVALID_ARGUMENT.
 */
export function checkImage(image: Image, name = "image"): Image {
  const { width, height, data } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("a whole width and height of at least 1", name, `${width}x${height}`),
    );
  }
  if (data.length !== width * height * 3) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(`${width * height * 3} bytes of RGB`, `${name}.data`, `${data.length} bytes`),
    );
  }
  return image;
}

/** The pixels inside `box`, copied. The box must lie inside the image. */
export function crop(image: Image, box: Box): Image {
  const { left, top, width, height } = box;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}
