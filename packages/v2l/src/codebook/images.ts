import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import type { Image } from "../image/image.js";
import { loadImage } from "../image/load.js";

/** Pictures in a fixed order; item `i` is always the same picture. */
export interface ImageSet {
  /** Equal where the pictures are equal. */
  readonly id: string;
  readonly length: number;
  item(index: number): Promise<Image>;
}

const PICTURE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/**
 * The picture files below a folder, sorted by their paths.
 * @param name of the option that gives the folder, for messages
 * @throws V2LError FILE_NOT_FOUND where the folder is missing or holds no picture
 */
export async function pictureFiles(folder: string, name = "images"): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new V2LError("FILE_NOT_FOUND", expected("a folder of pictures", name, folder), { cause });
  });
  const files = names.filter((file) => PICTURE.test(file)).sort();
  if (files.length > 0) return files.map((file) => join(folder, file));
  const what = "JPEG, PNG, WebP, GIF, TIFF or AVIF files";
  throw new V2LError("FILE_NOT_FOUND", expected(what, name, `none below ${folder}`));
}

/**
 * The pictures below a folder. They are told from others by paths and sizes of their files.
 * @throws V2LError FILE_NOT_FOUND where the folder is missing or holds no picture
 */
export async function folderImages(folder: string): Promise<ImageSet> {
  return imagesOfFiles(folder, await pictureFiles(folder));
}

/**
 * Picture files in the order in which they are given. They are told from others by their paths inside
 * `folder` and their sizes.
 * @throws V2LError FILE_NOT_FOUND where one is missing
 */
export async function imagesOfFiles(folder: string, files: readonly string[]): Promise<ImageSet> {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size } = await stat(file).catch((cause: unknown) => {
      throw new V2LError("FILE_NOT_FOUND", expected("a picture", file, "nothing there"), { cause });
    });
    hash.update(`${file.slice(folder.length)} ${size}\n`);
  }
  return {
    id: hash.digest("hex"),
    length: files.length,
    item: (index) => loadImage(files[index] as string),
  };
}
