import { type Image, loadImage, pictureFiles } from "v2l";
import type { Dataset } from "./dataset.js";

/** Every picture file below a folder, in the order of their paths. */
export class FolderDataset implements Dataset {
  private constructor(readonly files: readonly string[]) {}

  /** @throws V2LError FILE_NOT_FOUND where the folder is missing or holds no picture. */
  static async open(folder: string): Promise<FolderDataset> {
    return new FolderDataset(await pictureFiles(folder, "data.path"));
  }

  get length(): number {
    return this.files.length;
  }

  async item(index: number): Promise<Image> {
    return loadImage(this.files[index] as string);
  }
}
