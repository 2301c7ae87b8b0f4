import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { expected, V2LError } from "@v2l/nn";

/**
 * Checks that so many bytes fit into a folder, which need not exist yet.
 * @throws V2LError DISK_FULL
 */
export async function checkFreeSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeBytes(resolve(folder));
  if (bytes <= free) return;
  const what = `${gigabytes(bytes)} of free disk space`;
  const remedy = "Free some, or choose another folder";
  throw new V2LError("DISK_FULL", expected(what, folder, gigabytes(free), remedy));
}

/** What is free in the folder, or in the nearest one above it that exists. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (!missing || dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
