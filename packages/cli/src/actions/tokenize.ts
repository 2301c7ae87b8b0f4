import { loadImage, tokenizerSquare } from "v2l";
import type { Call } from "../command/command.js";
import type { TokenizeOptions } from "../commands/tokenize.js";
import { withBundle } from "../inputs/bundle.js";
import { pictureFiles } from "../inputs/destinations.js";
import { imageFiles } from "../inputs/images.js";
import { saveGrid } from "../output/pictures.js";
import { gridLines, wordLine } from "../output/tokens.js";

export async function tokenize({ args, options, output }: Call<TokenizeOptions>): Promise<void> {
  await withBundle(options, async (v2l) => {
    const { image, clip } = v2l.manifest;
    const files = await imageFiles(args, output);
    const pictures = options.grid === undefined ? [] : pictureFiles(options.grid, "--grid", files);
    const progress = output.progress("Tokenizing");
    let done = 0;
    for await (const tokens of v2l.encodeAll(files)) {
      const file = files[done] as string;
      const picture = pictures[done];
      if (picture !== undefined) {
        const square = tokenizerSquare(await loadImage(file), image.size, clip.preprocess);
        await saveGrid(picture, square, tokens);
      }
      progress.end();
      const words = wordLine(tokens.globalTokens, options.words);
      const lines = options.local ? gridLines(tokens.localTokens) : [];
      output.result(
        { image: file, ...v2l.tokensToJson(tokens) },
        files.length > 1 ? `${file}\t${words}` : words,
        ...lines,
      );
      done += 1;
      progress.update({ done, total: files.length });
    }
    progress.end();
    for (const picture of pictures) output.note(`wrote ${picture}`);
  });
}
