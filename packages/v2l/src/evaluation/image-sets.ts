import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { type ImageSet, imagesOfFiles, pictureFiles } from "../codebook/images.js";
import { readText } from "../files/read-text.js";

/** Pictures to evaluate on, with what is known of them. */
export interface EvaluatedImages extends ImageSet {
  /** What tables call it; different in each set of one evaluation. */
  readonly name: string;
  /** Whether a word names something that picture `index` shows; missing where that is not known. */
  readonly names?: (index: number, word: string) => boolean;
}

export interface FolderSetOptions {
  /**
   * File that lists the pictures, one a line, by their paths inside the folder; what follows a comma is
   * left out, as in the official `imagenet_split/val/class_labels.txt`.
   */
  readonly list?: string;
  /** How many; spread evenly over all where there are more. Default: all. */
  readonly count?: number;
}

/**
 * The pictures of a folder, in the order of their paths or of a list. Of a folder in ImageNet's layout, with
 * folders `val/n01440764` and so on, the validation images.
 * @throws V2LError FILE_NOT_FOUND where the folder, its pictures, the list or one of its files is missing;
 *   INVALID_ARGUMENT where the list is empty or leaves the folder
 */
export async function folderSet(
  folder: string,
  { list, count }: FolderSetOptions = {},
): Promise<EvaluatedImages> {
  const files =
    list === undefined
      ? await pictureFiles(await validationFolder(folder))
      : await listedFiles(folder, list);
  const images = await imagesOfFiles(folder, evenly(files, count ?? files.length));
  return { ...images, name: "folder" };
}

const WORDNET_ID = /^n\d{8}$/;

/** `val` of a folder in ImageNet's layout, other folders as they are. */
async function validationFolder(folder: string): Promise<string> {
  const inside = join(folder, "val");
  const names = await readdir(inside).catch(() => []);
  return names.some((name) => WORDNET_ID.test(name)) ? inside : folder;
}

async function listedFiles(folder: string, list: string): Promise<string[]> {
  const lines = (await readText(list)).split(/\r?\n/);
  const paths = lines.map((line) => line.split(",")[0]?.trim() ?? "").filter((path) => path !== "");
  if (paths.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one picture", list, "none"));
  }
  const outside = paths.find((path) => path.startsWith("/") || path.split(/[\\/]/).includes(".."));
  if (outside !== undefined) {
    const what = "paths inside the folder";
    throw new V2LError("INVALID_ARGUMENT", expected(what, list, outside));
  }
  return paths.map((path) => join(folder, path));
}

/** `count` of them at equal distances: neighbours in a sorted folder are often of one class. */
function evenly<T>(all: readonly T[], count: number): readonly T[] {
  if (count >= all.length) return all;
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}
