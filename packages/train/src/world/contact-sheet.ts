import { Random } from "@v2l/nn";
import sharp from "sharp";
import { sceneCaption } from "./captions.js";
import type { GlyphAtlas } from "./glyphs.js";
import { objectColors } from "./object-color.js";
import { renderScene } from "./render.js";
import { SCENE_SIZE, type SceneOptions, sceneSpec } from "./scene-spec.js";

/** A scene's pixels (128 x 128 RGB) and the text beside it. */
export interface SheetEntry {
  readonly pixels: Uint8Array;
  readonly text: string;
}

const TEXT_WIDTH = 150;
const GAP = 6;
/** Width of one column and height of one row of a contact sheet, pixels. */
export const SHEET_CELL = {
  width: SCENE_SIZE + TEXT_WIDTH + 2 * GAP,
  height: SCENE_SIZE + GAP,
} as const;

/** The first `count` scenes of a split, with a caption each, as a PNG of six columns. */
export async function sceneSheet(
  atlas: GlyphAtlas,
  options: SceneOptions,
  count = 48,
): Promise<Uint8Array> {
  const colorOf = objectColors(atlas);
  const entries = Array.from({ length: count }, (_, index) => {
    const spec = sceneSpec(index, options);
    const text = sceneCaption(spec, new Random(index), colorOf);
    return { pixels: renderScene(spec, atlas), text };
  });
  return contactSheet(entries, 6);
}

/** A PNG that shows scenes in rows, each with its text to the right. */
export async function contactSheet(
  entries: readonly SheetEntry[],
  columns: number,
): Promise<Uint8Array> {
  const { width, height } = SHEET_CELL;
  const size = { width: columns * width, height: Math.ceil(entries.length / columns) * height };
  const layers = entries.flatMap(({ pixels, text }, i) => {
    const left = (i % columns) * width;
    const top = Math.floor(i / columns) * height;
    const raw = { width: SCENE_SIZE, height: SCENE_SIZE, channels: 3 as const };
    const input = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
    return [
      { input, raw, left, top },
      { input: Buffer.from(textSvg(text)), left: left + SCENE_SIZE + GAP, top },
    ];
  });
  return sharp({ create: { ...size, channels: 3, background: "white" } })
    .composite(layers)
    .removeAlpha()
    .png()
    .toBuffer();
}

function textSvg(text: string): string {
  const lines = wrap(text, 24);
  const spans = lines.map((line, i) => `<text x="0" y="${12 + 14 * i}">${escapeXml(line)}</text>`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${TEXT_WIDTH}" height="${SCENE_SIZE}" ` +
    `font-family="sans-serif" font-size="11">${spans.join("")}</svg>`
  );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
