import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { expected, V2LError } from "@v2l/nn";
import sharp from "sharp";
import { iconSet, iconSvg, STYLES, type Style } from "./icons.js";
import { NOUNS } from "./nouns.js";

/** Pixels that an icon's box is rasterised at, before it is cropped to what is drawn. */
const RASTER = 144;

/** A picture with premultiplied alpha: RGBA, 8 bits each, row major. */
export interface GlyphLevel {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An object in one style: level 0 is the crop at full size, each further level half as large. */
export interface Glyph {
  readonly levels: readonly GlyphLevel[];
}

export interface GlyphAtlasOptions {
  /** Styles to rasterise; all by default. */
  readonly styles?: readonly Style[];
  /** Where rasterised styles are kept between runs; nowhere by default. */
  readonly cacheFolder?: string;
}

/** The rasterised pictures of all objects. */
export class GlyphAtlas {
  readonly #glyphs: ReadonlyMap<string, Glyph>;

  private constructor(glyphs: ReadonlyMap<string, Glyph>) {
    this.#glyphs = glyphs;
  }

  /** Rasterises every object in the given styles (about 1 s per style), or reads them back. */
  static async load(options: GlyphAtlasOptions = {}): Promise<GlyphAtlas> {
    const glyphs = new Map<string, Glyph>();
    for (const style of options.styles ?? STYLES) {
      const rasters = await styleRasters(style, options.cacheFolder);
      for (const [name, raster] of rasters) {
        glyphs.set(`${style}/${name}`, { levels: pyramid(raster) });
      }
    }
    return new GlyphAtlas(glyphs);
  }

  /** @throws V2LError INVALID_ARGUMENT where the atlas was loaded without this style or object. */
  glyph(noun: string, style: Style): Glyph {
    const glyph = this.#glyphs.get(`${style}/${noun}`);
    if (glyph) return glyph;
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("an object and a style of the atlas", "glyph", `${style}/${noun}`),
    );
  }
}

async function styleRasters(style: Style, folder?: string): Promise<Map<string, GlyphLevel>> {
  const set = iconSet(style);
  const key = { style, version: set.version, vips: sharp.versions, raster: RASTER, crop: 1 };
  const digest = createHash("sha256").update(JSON.stringify([key, NOUNS.map((n) => n.name)]));
  const file = folder && join(folder, `glyphs-${style}-${digest.digest("hex").slice(0, 12)}.bin`);
  const cached = file ? readCache(file) : null;
  if (cached) return cached;
  const rasters = new Map<string, GlyphLevel>();
  for (const { name } of NOUNS) rasters.set(name, await rasterise(iconSvg(set, name, RASTER)));
  if (file) writeCache(file, rasters);
  return rasters;
}

async function rasterise(svg: string): Promise<GlyphLevel> {
  const { data, info } = await sharp(Buffer.from(svg))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const box = drawnBox(data, info.width, info.height);
  const out = new Uint8Array(box.width * box.height * 4);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const from = ((box.top + y) * info.width + box.left + x) * 4;
      const to = (y * box.width + x) * 4;
      const alpha = data[from + 3] as number;
      for (let c = 0; c < 3; c++)
        out[to + c] = Math.round(((data[from + c] as number) * alpha) / 255);
      out[to + 3] = alpha;
    }
  }
  return { width: box.width, height: box.height, data: out };
}

/** The smallest box around everything that is more than faintly visible. */
function drawnBox(rgba: Uint8Array, width: number, height: number) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((rgba[(y * width + x) * 4 + 3] as number) < 16) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

function pyramid(base: GlyphLevel): GlyphLevel[] {
  const levels = [base];
  let last = base;
  while (Math.max(last.width, last.height) > 24) {
    last = halve(last);
    levels.push(last);
  }
  return levels;
}

/** The mean of each 2x2 block; an odd last row or column is averaged with transparency. */
function halve({ width, height, data }: GlyphLevel): GlyphLevel {
  const w = Math.ceil(width / 2);
  const h = Math.ceil(height / 2);
  const out = new Uint8Array(w * h * 4);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < 4; c++) {
        let sum = 0;
        for (let k = 0; k < 4; k++) {
          const sx = 2 * x + (k & 1);
          const sy = 2 * y + (k >> 1);
          if (sx < width && sy < height) sum += data[(sy * width + sx) * 4 + c] as number;
        }
        out[(y * w + x) * 4 + c] = Math.round(sum / 4);
      }
    }
  }
  return { width: w, height: h, data: out };
}

/** A cache that is missing, cut or damaged counts as none: the pictures are drawn again. */
function readCache(file: string): Map<string, GlyphLevel> | null {
  try {
    const bytes = inflateRawSync(readFileSync(file));
    const headerLength = bytes.readUInt32LE(0);
    const sizes = JSON.parse(bytes.toString("utf8", 4, 4 + headerLength)) as [number, number][];
    const rasters = new Map<string, GlyphLevel>();
    let offset = 4 + headerLength;
    for (const [i, { name }] of NOUNS.entries()) {
      const [width, height] = sizes[i] as [number, number];
      const end = offset + width * height * 4;
      if (end > bytes.length) return null;
      rasters.set(name, { width, height, data: bytes.subarray(offset, end) });
      offset = end;
    }
    return rasters;
  } catch {
    return null;
  }
}

function writeCache(file: string, rasters: ReadonlyMap<string, GlyphLevel>): void {
  const levels = NOUNS.map(({ name }) => rasters.get(name) as GlyphLevel);
  const header = Buffer.from(JSON.stringify(levels.map(({ width, height }) => [width, height])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const bytes = deflateRawSync(Buffer.concat([length, header, ...levels.map(({ data }) => data)]), {
    level: 3,
  });
  const temporary = `${file}.${process.pid}.part`;
  mkdirSync(join(file, ".."), { recursive: true });
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}
