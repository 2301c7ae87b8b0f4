import { createRequire } from "node:module";
import sharp from "sharp";

/** Font families of drawn text, best first. */
export const FONTS = "DejaVu Sans, Noto Sans, Liberation Sans, Arial, sans-serif";

const FILES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"];

/**
 * Makes the fonts that come with the package known to the renderer, so that text looks the same, and
 * appears at all, on machines without fonts. Rendering a letter from a font file registers the file for
 * the whole process; a second time costs next to nothing.
 */
export async function registerFonts(): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  for (const file of FILES) {
    const fontfile = resolve(`dejavu-fonts-ttf/ttf/${file}`);
    await sharp({ text: { text: "a", font: "DejaVu Sans", fontfile } })
      .raw()
      .toBuffer();
  }
}
