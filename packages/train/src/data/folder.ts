import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { type Image, loadImage } from "v2l";
import type { Dataset } from "./dataset.js";

const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/** Every picture file below a folder, in the order of their paths. */
export class FolderDataset implements Dataset {
  private constructor(readonly files: readonly string[]) {}

  /** @throws V2LError FILE_NOT_FOUND where the folder is missing or holds no picture. */
  static async open(folder: string): Promise<FolderDataset> {
    const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
      throw new V2LError("FILE_NOT_FOUND", expected("a folder of pictures", "data.path", folder), {
        cause,
      });
    });
    const files = names.filter((name) => PICTURE.test(name)).sort();
    if (files.length === 0) {
      const what = "JPEG, PNG, WebP, GIF, TIFF or AVIF files";
      throw new V2LError("FILE_NOT_FOUND", expected(what, "data.path", `none below ${folder}`));
    }
    return new FolderDataset(files.map((name) => join(folder, name)));
  }

  get length(): number {
    return this.files.length;
  }

  async item(index: number): Promise<Image> {
    return loadImage(this.files[index] as string);
  }
}
