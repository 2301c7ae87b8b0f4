import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout } from "node:timers/promises";
import { expected, V2LError } from "@v2l/nn";
import { type Checksum, verifyChecksum } from "./checksum.js";
import { checkFreeSpace } from "./free-space.js";

/** Called with the bytes that are there and the size of the file, null while it is not known. */
export type DownloadProgress = (done: number, total: number | null) => void;

export interface DownloadOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Not checked where undefined. */
  readonly checksum?: Checksum | undefined;
  readonly onProgress?: DownloadProgress | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds before the second attempt; doubled for each further one. Default 500. */
  readonly retryDelay?: number;
}

const ATTEMPTS = 4;

/**
 * Downloads a file. It appears at `path` when it is complete and its hash is right; until then what
 * has come lies in `<path>.part`, where the next call goes on.
 * @throws V2LError FILE_NOT_FOUND (404), SERVER_REFUSED (other 4xx), SERVER_UNAVAILABLE (no
 * connection or 5xx, after four attempts), MODEL_UNREADABLE (another hash), DISK_FULL
 */
export async function download(
  url: URL,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { signal, checksum, retryDelay = 500 } = options;
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      await fetchRest(url, part, options);
      break;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof V2LError && error.code !== "SERVER_UNAVAILABLE") throw error;
      if (attempt === ATTEMPTS) throw unavailable(url, error);
      await setTimeout(retryDelay * 2 ** (attempt - 1), undefined, { signal });
    }
  }
  if (checksum !== undefined) {
    try {
      await verifyChecksum(part, url.href, checksum);
    } catch (error) {
      await rm(part);
      throw error;
    }
  }
  await rename(part, path);
}

/** Appends to the part what is missing; a server that cannot resume sends everything again. */
async function fetchRest(url: URL, part: string, options: DownloadOptions): Promise<void> {
  const { headers = {}, onProgress, signal } = options;
  const present = await sizeOf(part);
  const range = present > 0 ? { range: `bytes=${present}-` } : {};
  const response = await fetch(url, {
    // Compressed, the length of the answer would not be the length of the file.
    headers: { ...headers, ...range, "accept-encoding": "identity" },
    signal: signal ?? null,
  });
  if (response.status === 416) {
    await response.body?.cancel();
    if (response.headers.get("content-range") === `bytes */${present}`) return;
    await rm(part);
    throw unavailable(url, "a part that does not fit the file");
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw statusError(url, response.status);
  }
  const resumed = response.status === 206;
  const start = resumed ? present : 0;
  const length = response.headers.get("content-length");
  const total = length === null ? null : start + Number(length);
  try {
    await checkFreeSpace(dirname(part), (total ?? 0) - start);
  } catch (error) {
    await response.body.cancel();
    throw error;
  }
  let done = start;
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      done += chunk.length;
      onProgress?.(done, total);
      callback(null, chunk);
    },
  });
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  const file = createWriteStream(part, { flags: resumed ? "a" : "w" });
  await pipeline(body, count, file, { ...(signal ? { signal } : {}) });
  if (total !== null && done !== total) throw unavailable(url, `${done} of ${total} bytes`);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

function statusError(url: URL, status: number): V2LError {
  if (status === 404) return new V2LError("FILE_NOT_FOUND", expected("a file", url.href, status));
  if (status >= 500) return unavailable(url, status);
  const remedy = status === 401 || status === 403 ? "Give a token that may read it" : undefined;
  return new V2LError("SERVER_REFUSED", expected("a readable file", url.href, status, remedy));
}

function unavailable(url: URL, received: unknown): V2LError {
  if (received instanceof V2LError) return received;
  const cause = received instanceof Error ? received : undefined;
  const shown = cause ? `${cause.message}${cause.cause ? `: ${cause.cause}` : ""}` : received;
  return new V2LError("SERVER_UNAVAILABLE", expected("a whole file", url.href, shown), { cause });
}
