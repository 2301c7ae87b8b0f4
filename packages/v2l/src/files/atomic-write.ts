import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { expected, V2LError } from "@v2l/nn";

/**
 * Writes a file so that `path` holds either its old content or all of the new one, never a part:
 * a temporary file beside it, fsync, rename. On failure nothing is left behind.
 * @param write receives the open temporary file.
 */
export async function atomicWrite(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const target = resolve(path);
  await throughTemporary(target, async (temporary) => {
    const file = await open(temporary, "wx");
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  });
}

/** {@link atomicWrite} of content that is already in memory. */
export async function atomicWriteFile(path: string, content: string | Uint8Array): Promise<void> {
  await atomicWrite(path, (file) => file.writeFile(content));
}

/**
 * Writes a folder as a whole: it is filled under a temporary name beside `path` and renamed when
 * complete. On failure nothing is left behind.
 * @param options.overwrite replace a folder that is already there; without it that is an error.
 * @throws INVALID_ARGUMENT where `path` is a file, or a folder with content and not `overwrite`.
 */
export async function atomicFolder(
  path: string,
  fill: (temporary: string) => Promise<void>,
  options: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const target = resolve(path);
  await checkFolderTarget(target, options.overwrite ?? false);
  await throughTemporary(target, async (temporary) => {
    await mkdir(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    const old = temporaryName(target);
    const hadOld = await renameIfPresent(target, old);
    try {
      await rename(temporary, target);
    } catch (error) {
      if (hadOld) await rename(old, target);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  });
}

/**
 * Runs `write` with a temporary name beside `target` and removes what is left of it afterwards, also
 * when the process exits in between. What a killed process left is removed by the next write.
 */
async function throughTemporary(
  target: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await removeStale(target);
  const temporary = temporaryName(target);
  const onExit = () => rmSync(temporary, { recursive: true, force: true });
  process.once("exit", onExit);
  try {
    await write(temporary);
    await syncFolder(dirname(target));
  } finally {
    process.removeListener("exit", onExit);
    await rm(temporary, { recursive: true, force: true });
  }
}

function temporaryName(target: string): string {
  const unique = `${process.pid}-${randomBytes(4).toString("hex")}`;
  return join(dirname(target), `.${basename(target)}.${unique}.tmp`);
}

async function removeStale(target: string): Promise<void> {
  const folder = dirname(target);
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const pid = /^(\d+)-[0-9a-f]{8}\.tmp$/.exec(name.slice(prefix.length))?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function checkFolderTarget(target: string, overwrite: boolean): Promise<void> {
  let content: string[];
  try {
    content = await readdir(target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return;
    if (code === "ENOTDIR") {
      throw new V2LError("INVALID_ARGUMENT", expected("a folder", "out", `the file ${target}`));
    }
    throw error;
  }
  if (content.length > 0 && !overwrite) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(
        "a new or empty folder",
        "out",
        `${target}, which has content`,
        "Choose another folder, or remove this one first",
      ),
    );
  }
}

async function renameIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Makes renames in a folder survive a power cut; Windows cannot open folders and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
