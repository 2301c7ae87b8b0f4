import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { IMAGE_EXTENSION, loadInput } from "v2l";
import type { Output } from "../output/output.js";

/**
 * The image files that the words name: files as they are, folders with all images below them, in the
 * order of their names. All are read once, so that a bad one is found before anything is written.
 * @throws V2LError what `loadInput` throws; INVALID_ARGUMENT for a folder without images.
 */
export async function imageFiles(words: readonly string[], output: Output): Promise<string[]> {
  const files = (await Promise.all(words.map(expand))).flat();
  const progress = output.progress("Checking");
  for (const [done, file] of files.entries()) {
    await loadInput(file);
    progress.update({ done: done + 1, total: files.length });
  }
  progress.end();
  return files;
}

async function expand(word: string): Promise<string[]> {
  const isFolder = await stat(word).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (!isFolder) return [word];
  const names = (await readdir(word, { recursive: true })).filter((name) =>
    IMAGE_EXTENSION.test(name),
  );
  if (names.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("a folder with images", "image", word));
  }
  return names.sort().map((name) => join(word, name));
}
