import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random } from "@v2l/nn";
import {
  type ColorOf,
  contactSheet,
  GlyphAtlas,
  objectColors,
  renderScene,
  SCENE_SIZE,
  type SceneOptions,
  type SceneSpec,
  type Style,
  sceneCaption,
  sceneQuestions,
  sceneSpec,
} from "@v2l/train";
import { atomicFolder, atomicWriteFile, encodePng } from "v2l";
import type { Call } from "../command/command.js";
import type { Values } from "../command/option.js";
import type { SceneOptions as Flags, RenderOptions, SheetOptions } from "../commands/world.js";
import { count as counted } from "../output/format.js";

const SHEET_COLUMNS = 6;

export async function worldSheet({ options, output }: Call<SheetOptions>): Promise<void> {
  const { out, count } = options;
  const artist = await Artist.open(options);
  const entries = Array.from({ length: count }, (_, i) => {
    const scene = artist.draw(options.first + i);
    return { pixels: scene.pixels, text: scene.caption };
  });
  await atomicWriteFile(out, await contactSheet(entries, SHEET_COLUMNS));
  output.result({ out, count }, `wrote ${out}: ${counted(count, "scene")}`);
}

export async function worldRender({ options, output }: Call<RenderOptions>): Promise<void> {
  const { out, count } = options;
  const artist = await Artist.open(options);
  const progress = output.progress("Drawing");
  await atomicFolder(out, async (folder) => {
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const { spec, pixels, ...texts } = artist.draw(options.first + i);
      const image = `${String(spec.index).padStart(7, "0")}.png`;
      const picture = { width: SCENE_SIZE, height: SCENE_SIZE, data: pixels };
      await writeFile(join(folder, image), await encodePng(picture));
      lines.push(`${JSON.stringify({ image, ...texts, ...spec })}\n`);
      progress.update({ done: i + 1, total: count });
    }
    await writeFile(join(folder, "scenes.jsonl"), lines.join(""));
  });
  progress.end();
  output.result({ out, count }, `wrote ${out}: ${counted(count, "scene")}`);
}

/** Draws scenes and finds the words for them. */
class Artist {
  private constructor(
    private readonly atlas: GlyphAtlas,
    private readonly options: SceneOptions,
    private readonly colorOf: ColorOf,
  ) {}

  static async open(flags: Values<Flags>): Promise<Artist> {
    const { split, minObjects, maxObjects, nouns, style } = flags;
    const styles = style.length > 0 ? { styles: style as readonly Style[] } : {};
    const options = { split, objects: [minObjects, maxObjects] as const, nouns, ...styles };
    sceneSpec(flags.first, options); // refuses bad options before the atlas is drawn
    const atlas = await GlyphAtlas.load(styles);
    return new Artist(atlas, options, objectColors(atlas));
  }

  draw(index: number) {
    const spec: SceneSpec = sceneSpec(index, this.options);
    const caption = sceneCaption(spec, new Random(index), this.colorOf);
    const questions = sceneQuestions(spec, new Random(index), this.colorOf);
    return { spec, pixels: renderScene(spec, this.atlas), caption, questions };
  }
}
