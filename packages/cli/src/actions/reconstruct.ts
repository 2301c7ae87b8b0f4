import { join } from "node:path";
import type { Call } from "../command/command.js";
import type { ReconstructOptions } from "../commands/reconstruct.js";
import { withBundle } from "../inputs/bundle.js";
import { pictureNames } from "../inputs/destinations.js";
import { imageFiles } from "../inputs/images.js";
import { decibel } from "../output/format.js";
import { saveComparison } from "../output/pictures.js";

export async function reconstruct({
  args,
  options,
  output,
}: Call<ReconstructOptions>): Promise<void> {
  await withBundle(options, async (v2l) => {
    const files = await imageFiles(args, output);
    const pictures = pictureNames(files).map((name) => join(options.out, name));
    const progress = output.progress("Reconstructing");
    const images = [];
    for (const [i, image] of files.entries()) {
      const picture = pictures[i] as string;
      const psnr = await saveComparison(picture, await v2l.reconstruct(image));
      images.push({ image, picture, psnr });
      progress.update({ done: i + 1, total: files.length });
    }
    progress.end();
    const mean = images.reduce((sum, { psnr }) => sum + psnr, 0) / images.length;
    output.result(
      { images, meanPsnr: mean },
      ...images.map(({ image, psnr, picture }) => `${image}\t${decibel(psnr)}\t${picture}`),
      ...(images.length > 1 ? [`mean of ${images.length}\t${decibel(mean)}`] : []),
    );
  });
}
