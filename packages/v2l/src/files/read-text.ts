import { readFile } from "node:fs/promises";
import { expected, V2LError } from "@v2l/nn";

/** Reads a UTF-8 text file, without a byte order mark. @throws V2LError FILE_NOT_FOUND */
export async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const received = code === "ENOENT" ? "nothing there" : (code ?? String(cause));
    throw new V2LError("FILE_NOT_FOUND", expected("a readable file", path, received), { cause });
  }
}
