import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { loadInput, pictureFiles } from "v2l";
import { randomFor } from "../../run/random.js";
import type { RestorationPictures } from "../restoration-pictures.js";

export interface PictureFoldersOptions {
  /** Pictures that are restored, and where there is no `pool`, others of them the references. */
  readonly data: string;
  /** Pictures for the references. */
  readonly pool?: string | undefined;
  /** Most pictures that are restored: the references are not among them. */
  readonly images: number;
  /** In which order the files come. */
  readonly seed: number;
}

/**
 * The pictures below folders, in an order drawn by the seed.
 * @throws V2LError FILE_NOT_FOUND where a folder is missing or holds no picture; INVALID_ARGUMENT where it holds
 * fewer than `images`
 */
export async function folderPictures({
  data,
  pool,
  images,
  seed,
}: PictureFoldersOptions): Promise<RestorationPictures> {
  const files = shuffled(await pictureFiles(data, "data"), seed);
  if (files.length < images) {
    const what = `at least ${images} pictures`;
    const remedy = "Evaluate on fewer";
    throw new V2LError("INVALID_ARGUMENT", expected(what, data, `${files.length}`, remedy));
  }
  const evaluated = files.slice(0, images);
  const others =
    pool === undefined
      ? files.slice(images)
      : shuffled(await pictureFiles(pool, "pool-data"), seed);
  // What a longer run evaluates must not have been a reference of a shorter one.
  const identity = { data: await identityOf(files), others: await identityOf(others) };
  return {
    identity,
    async *evaluated(task, count, { signal }) {
      for (const file of evaluated.slice(0, count)) {
        signal?.throwIfAborted();
        yield { picture: await loadInput(file), stream: `restore/${task}/${relative(data, file)}` };
      }
    },
    async references(_task, count, { signal }) {
      if (others.length < count) {
        const remedy = "Name another folder for them, or ask for fewer";
        const what = `${count} more pictures as references`;
        const received = `${others.length}`;
        throw new V2LError("INVALID_ARGUMENT", expected(what, pool ?? data, received, remedy));
      }
      const pictures = [];
      for (const file of others.slice(0, count)) {
        signal?.throwIfAborted();
        pictures.push(await loadInput(file));
      }
      return pictures;
    },
  };
}

function shuffled(files: string[], seed: number): string[] {
  return randomFor(seed, "pictures").shuffle(files);
}

async function identityOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}
