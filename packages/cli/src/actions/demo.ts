import { join } from "node:path";
import { Random } from "@v2l/nn";
import type { ImageSource } from "v2l";
import type { Call } from "../command/command.js";
import type { DemoOptions } from "../commands/demo.js";
import { withBundle } from "../inputs/bundle.js";
import { pictureNames } from "../inputs/destinations.js";
import { imageFiles } from "../inputs/images.js";
import { decibel } from "../output/format.js";
import type { Output } from "../output/output.js";
import { saveComparison, saveGrid } from "../output/pictures.js";
import { gridLines, wordLine } from "../output/tokens.js";

/** A picture to show. */
interface Subject {
  /** For file names. */
  readonly name: string;
  readonly title: string;
  readonly source: ImageSource;
}

/** How many global words and how large a corner of the grid are printed; the pictures have all. */
const WORDS = 5;
const CORNER = 6;

export async function demo({ args, options, output }: Call<DemoOptions>): Promise<void> {
  await withBundle(options, async (v2l) => {
    const { first, count, out } = options;
    const subjects = args.length > 0 ? await images(args, output) : await scenes(first, count);
    for (const { name, title, source } of subjects) {
      const result = await v2l.reconstruct(source);
      const { globalTokens, localTokens } = result.tokens;
      const grid = join(out, `${name}-grid.png`);
      const comparison = join(out, `${name}-reconstruction.png`);
      await saveGrid(grid, result.original, result.tokens);
      const psnr = await saveComparison(comparison, result);
      const { height, width } = localTokens;
      output.result(
        { title, words: globalTokens.map(({ word }) => word), psnr, grid, comparison },
        title,
        `  words           ${wordLine(globalTokens, WORDS)}`,
        `  reconstruction  ${decibel(psnr)}`,
        `  local tokens    ${height}x${width}, upper left corner:`,
        ...gridLines(localTokens, CORNER).map((line) => `    ${line}`),
        `  pictures        ${grid}`,
        `                  ${comparison}`,
        "",
      );
    }
    output.note("Next: v2l demo IMAGE..., v2l tokenize --help");
  });
}

async function images(args: readonly string[], output: Output): Promise<Subject[]> {
  const files = await imageFiles(args, output);
  const names = pictureNames(files).map((name) => name.replace(/\.png$/, ""));
  return files.map((file, i) => ({ name: names[i] as string, title: file, source: file }));
}

/** Scenes of the test split, which no part of the demo bundle was trained on. */
async function scenes(first: number, count: number): Promise<Subject[]> {
  const world = await import("@v2l/train");
  const atlas = await world.GlyphAtlas.load({ styles: world.TRAIN_STYLES });
  const colorOf = world.objectColors(atlas);
  const size = { width: world.SCENE_SIZE, height: world.SCENE_SIZE };
  return Array.from({ length: count }, (_, i) => {
    const index = first + i;
    const spec = world.sceneSpec(index, { split: "test" });
    const caption = world.sceneCaption(spec, new Random(index), colorOf, "plain");
    const source = { ...size, data: world.renderScene(spec, atlas) };
    return { name: `scene-${index}`, title: `scene ${index}: ${caption}`, source };
  });
}
