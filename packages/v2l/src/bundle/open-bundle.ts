import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { type ErrorCode, expected, V2LError } from "@v2l/nn";
import type { RandomAccess } from "../files/random-access.js";
import { RandomAccessFile } from "../files/random-access-file.js";
import { Bundle, type BundleFiles, readManifest, type Sha256, verifyFiles } from "./bundle.js";
import { MANIFEST_FILE } from "./manifest.js";

/** The files of a folder. */
export class FolderFiles implements BundleFiles {
  constructor(readonly path: string) {}

  with<T>(name: string, code: ErrorCode, use: (file: RandomAccess) => Promise<T>): Promise<T> {
    return RandomAccessFile.with(join(this.path, name), code, use);
  }

  sha256(): Sha256 {
    return createHash("sha256");
  }
}

/**
 * Opens a bundle and verifies size and SHA-256 of every file it lists.
 * @param path of its folder.
 * @throws FILE_NOT_FOUND; BUNDLE_INVALID listing what is wrong with the manifest; BUNDLE_CORRUPT naming
 * the file that is missing, cut off or changed.
 */
export async function openBundle(path: string): Promise<Bundle> {
  const files = new FolderFiles(resolve(path));
  const manifest = await readManifest(files).catch((error: unknown) => {
    if (!(error instanceof V2LError) || error.code !== "FILE_NOT_FOUND") throw error;
    const what = `a folder with a ${MANIFEST_FILE}`;
    const message = expected(what, join(files.path, MANIFEST_FILE), "nothing readable");
    throw new V2LError("FILE_NOT_FOUND", message, { cause: error });
  });
  await verifyFiles(files, manifest.files);
  return new Bundle(files, manifest);
}
