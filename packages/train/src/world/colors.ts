/** The colour words of the demo world. */
export const COLOR_NAMES = [
  "red",
  "orange",
  "yellow",
  "green",
  "turquoise",
  "blue",
  "purple",
  "pink",
  "brown",
  "gray",
  "white",
  "black",
] as const;
export type ColorName = (typeof COLOR_NAMES)[number];

/** Red, green, blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** What a background of each name is painted with, before its jitter. */
export const BACKGROUND_RGB: Readonly<Record<ColorName, Rgb>> = {
  red: [212, 66, 62],
  orange: [240, 148, 58],
  yellow: [246, 218, 92],
  green: [92, 172, 92],
  turquoise: [84, 204, 194],
  blue: [76, 126, 214],
  purple: [148, 94, 188],
  pink: [246, 168, 198],
  brown: [138, 98, 68],
  gray: [150, 150, 154],
  white: [242, 242, 240],
  black: [40, 40, 44],
};

/**
 * The word almost everybody would use for a colour, or null where two words compete.
 * @param r @param g @param b 0 to 255
 */
export function colorWord(r: number, g: number, b: number): ColorName | null {
  const value = Math.max(r, g, b) / 255;
  const spread = value - Math.min(r, g, b) / 255;
  const saturation = value === 0 ? 0 : spread / value;
  if (value < 0.24) return "black";
  if (saturation < 0.13) {
    if (value > 0.86) return "white";
    return value > 0.36 && value < 0.78 ? "gray" : null;
  }
  if (saturation < 0.3 && value < 0.85) return null;
  return chromaticWord(hueOf(r, g, b), saturation, value);
}

function chromaticWord(hue: number, saturation: number, value: number): ColorName | null {
  if (hue >= 315 && hue < 342 && value > 0.6) return "pink";
  if (hue >= 342 || hue < 14) {
    if (saturation < 0.5) return value > 0.85 && (hue >= 342 || hue < 6) ? "pink" : null;
    return value > 0.5 && saturation > 0.6 ? "red" : null;
  }
  if (hue < 42) {
    if (value < 0.66) return saturation > 0.3 ? "brown" : null;
    return hue >= 18 && hue < 39 && value > 0.85 && saturation > 0.6 ? "orange" : null;
  }
  if (hue >= 44 && hue < 64) return value > 0.8 && saturation > 0.35 ? "yellow" : null;
  if (hue >= 78 && hue < 162) return "green";
  if (hue >= 168 && hue < 186) return "turquoise";
  if (hue >= 196 && hue < 246) return "blue";
  return hue >= 256 && hue < 296 ? "purple" : null;
}

/** Hue in degrees, 0 to 360; 0 for greys. */
function hueOf(r: number, g: number, b: number): number {
  const max = Math.max(r, g, b);
  const spread = max - Math.min(r, g, b);
  if (spread === 0) return 0;
  if (max === r) return (60 * ((g - b) / spread) + 360) % 360;
  if (max === g) return 60 * ((b - r) / spread) + 120;
  return 60 * ((r - g) / spread) + 240;
}

/**
 * The linear map of a colour shift: a hue rotation that keeps luminance (as SVG's `hueRotate`),
 * times a brightness. Row major, 3x3; valid for premultiplied colours as well.
 */
export function shiftMatrix(hueDegrees: number, brightness: number): readonly number[] {
  const angle = (hueDegrees * Math.PI) / 180;
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const luma = [0.213, 0.715, 0.072] as const;
  const cosine = [0.787, -0.715, -0.072, -0.213, 0.285, -0.072, -0.213, -0.715, 0.928];
  const sine = [-0.213, -0.715, 0.928, 0.143, 0.14, -0.283, -0.787, 0.715, 0.072];
  return cosine.map(
    (weight, i) => brightness * ((luma[i % 3] as number) + c * weight + s * (sine[i] as number)),
  );
}
