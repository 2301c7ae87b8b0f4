import { COLOR_NAMES, type ColorName, colorWord, shiftMatrix } from "./colors.js";
import type { GlyphAtlas, GlyphLevel } from "./glyphs.js";
import type { SceneObject } from "./scene-spec.js";

/** Tells an object's colour word, or null where there is none to agree on. */
export type ColorOf = (object: SceneObject) => ColorName | null;

/** For text without pictures: no object has a colour word. */
export const NO_COLORS: ColorOf = () => null;

/**
 * Colour words from the objects' own pixels, after their colour shift. An object has one where at
 * least 60% of its area is clearly of that colour and no other colour covers a quarter.
 */
export function objectColors(atlas: GlyphAtlas): ColorOf {
  return (object) => {
    const { levels } = atlas.glyph(object.noun, object.style);
    const level = levels.find(({ width, height }) => width * height < 3000) ?? levels.at(-1);
    return dominantColor(level as GlyphLevel, shiftMatrix(object.hue, object.brightness));
  };
}

function dominantColor({ data }: GlyphLevel, matrix: readonly number[]): ColorName | null {
  const counts = new Map<ColorName, number>(COLOR_NAMES.map((name) => [name, 0]));
  let area = 0;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] as number;
    if (alpha < 128) continue;
    area++;
    const channel = (row: number) => {
      let sum = 0;
      for (let i = 0; i < 3; i++) sum += (matrix[3 * row + i] as number) * (data[at + i] as number);
      return Math.min(255, Math.max(0, (sum * 255) / alpha));
    };
    const word = colorWord(channel(0), channel(1), channel(2));
    if (word) counts.set(word, (counts.get(word) as number) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1]);
  const [first, second] = ranked as [[ColorName, number], [ColorName, number]];
  return first[1] >= 0.6 * area && second[1] < 0.25 * area ? first[0] : null;
}
