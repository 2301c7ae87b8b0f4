import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { expected, V2LError } from "@v2l/nn";

/** What a file's content must hash to, in hex. */
export interface Checksum {
  /** `git` is SHA-1 of the content as git stores it, which the hub states for small files. */
  readonly kind: "sha256" | "git";
  readonly hex: string;
}

/** SHA-256 (hex) of a file's content. */
export async function sha256OfFile(path: string): Promise<string> {
  return digest(path, createHash("sha256"));
}

/**
 * @param name of the file, for the message
 * @throws V2LError MODEL_UNREADABLE where the content is another one
 */
export async function verifyChecksum(
  path: string,
  name: string,
  { kind, hex }: Checksum,
  remedy?: string,
): Promise<void> {
  const actual = kind === "sha256" ? await sha256OfFile(path) : await gitHashOfFile(path);
  if (actual === hex) return;
  const what = `${kind === "sha256" ? "SHA-256" : "git's SHA-1"} ${hex}`;
  throw new V2LError("MODEL_UNREADABLE", expected(what, name, actual, remedy));
}

async function gitHashOfFile(path: string): Promise<string> {
  const { size } = await stat(path);
  return digest(path, createHash("sha1").update(`blob ${size}\0`));
}

async function digest(path: string, hash: Hash): Promise<string> {
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
