import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { readEnvironment } from "../environment.js";
import { type Checksum, verifyChecksum } from "./checksum.js";
import { type DownloadProgress, download } from "./download.js";

export interface HubOptions {
  /** Default: `HF_ENDPOINT`, else https://huggingface.co. */
  readonly endpoint?: string;
  /** For repositories that ask for one. Default: `HF_TOKEN`. */
  readonly token?: string;
  /** Where files are kept. Default: `v2l/models` in `XDG_CACHE_HOME` or `~/.cache`. */
  readonly cacheFolder?: string;
  /** SHA-256 (hex) the file must have. Default: what the hub states. */
  readonly sha256?: string;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal | undefined;
}

/** What is known of a file of the hub. */
export interface HubFileInfo {
  /** Where it is kept on this machine. */
  readonly path: string;
  /** Whether it is there, as a whole. */
  readonly present: boolean;
  /** Its size; null where the hub does not state it. */
  readonly bytes: number | null;
  /** How much of it is there. */
  readonly presentBytes: number;
  /** What the hub states of its content; null where it states nothing, and for files that are there. */
  readonly checksum: Checksum | null;
}

interface HubReference {
  readonly repository: string;
  readonly file: string;
  readonly revision: string;
}

const REFERENCE = /^hf:([\w.-]+\/[\w.-]+)\/([\w./-]+?)(?:@([\w./-]+))?$/;
const ETAG = /^(?:W\/)?"?([0-9a-f]+)"?$/;
const MAX_REDIRECTS = 5;

/**
 * The path of a file of the Hugging Face hub, downloaded where it is not there yet.
 * @param reference `hf:owner/repository/path/file.gguf`, or with `@revision`
 * @throws V2LError INVALID_ARGUMENT; SERVER_REFUSED where the repository asks for a token; what
 * {@link download} throws
 */
export async function hubFile(reference: string, options: HubOptions = {}): Promise<string> {
  const { sha256, onProgress, signal } = options;
  const wanted: Checksum | null = sha256 ? { kind: "sha256", hex: sha256 } : null;
  const { path, present, checksum } = await hubFileInfo(reference, options);
  if (present) {
    const remedy = "Remove the file to download it again";
    if (wanted) await verifyChecksum(path, path, wanted, remedy);
    return path;
  }
  const { url, headers } = request(reference, options);
  await download(url, path, {
    headers,
    checksum: wanted ?? checksum ?? undefined,
    onProgress,
    signal,
  });
  return path;
}

/**
 * Asks the hub about a file; about one that is there, only the disk.
 * @throws V2LError INVALID_ARGUMENT; FILE_NOT_FOUND; SERVER_REFUSED where the repository asks for a token.
 * A hub that does not answer is no error here.
 */
export async function hubFileInfo(
  reference: string,
  options: HubOptions = {},
): Promise<HubFileInfo> {
  const path = hubFilePath(reference, options);
  const size = await sizeOf(path);
  if (size !== null) {
    return { path, present: true, bytes: size, presentBytes: size, checksum: null };
  }
  const presentBytes = (await sizeOf(`${path}.part`)) ?? 0;
  return { path, present: false, presentBytes, ...(await statedByHub(reference, options)) };
}

/** Where a file of the hub is kept. @throws V2LError INVALID_ARGUMENT */
export function hubFilePath(
  reference: string,
  { cacheFolder = defaultCacheFolder() }: HubOptions = {},
): string {
  const { repository, file, revision } = parseReference(reference);
  const parts = [repository, revision, file].flatMap((part) => part.split("/"));
  return join(cacheFolder, ...parts);
}

function parseReference(reference: string): HubReference {
  const [, repository, file, revision = "main"] = REFERENCE.exec(reference) ?? [];
  const parts = `${repository}/${file}/${revision}`.split("/");
  if (!repository || !file || parts.some((part) => /^\.*$/.test(part))) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("hf:owner/repository/file.gguf", "source", reference),
    );
  }
  return { repository, file, revision };
}

function defaultCacheFolder(): string {
  return join(readEnvironment().cacheHome ?? join(homedir(), ".cache"), "v2l", "models");
}

function request(reference: string, options: HubOptions) {
  const { repository, file, revision } = parseReference(reference);
  const environment = readEnvironment();
  const endpoint = options.endpoint ?? environment.hubEndpoint ?? "https://huggingface.co";
  const token = options.token ?? environment.hubToken;
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const url = new URL(`${repository}/resolve/${revision}/${file}`, `${endpoint}/`);
  return { url, headers, page: new URL(repository, `${endpoint}/`) };
}

/**
 * Size and hash of a file. The hub states those of a large one before it redirects to where the file lies,
 * those of a small one with the file itself.
 */
async function statedByHub(
  reference: string,
  options: HubOptions,
): Promise<Pick<HubFileInfo, "bytes" | "checksum">> {
  const { url, headers, page } = request(reference, options);
  const { signal } = options;
  let at = url;
  for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
    const response = await fetch(at, {
      method: "HEAD",
      headers: { ...headers, "accept-encoding": "identity" },
      redirect: "manual",
      signal: signal ?? null,
    }).catch(() => undefined);
    signal?.throwIfAborted();
    if (response === undefined) break;
    const { status } = response;
    if (status === 401 || status === 403) throw gated(reference, page, status);
    if (status === 404) {
      throw new V2LError("FILE_NOT_FOUND", expected("a file of the hub", reference, status));
    }
    const large = checksumOf(response.headers.get("x-linked-etag"));
    if (large) return { bytes: number(response.headers.get("x-linked-size")), checksum: large };
    if (response.ok) {
      const bytes = number(response.headers.get("content-length"));
      return { bytes, checksum: checksumOf(response.headers.get("etag")) };
    }
    const location = response.headers.get("location");
    if (!location) break;
    at = new URL(location, at);
    // Where the file itself lies, nobody states anything, and the token is none of their business.
    if (at.origin !== url.origin) break;
  }
  return { bytes: null, checksum: null };
}

function gated(reference: string, page: URL, status: number): V2LError {
  const remedy =
    `Check the name; where the repository is closed, accept its terms at ${page.href} and set HF_TOKEN ` +
    "to a token of that account";
  const what = "a repository that may be read";
  return new V2LError("SERVER_REFUSED", expected(what, reference, status, remedy));
}

function checksumOf(etag: string | null): Checksum | null {
  const hex = ETAG.exec(etag ?? "")?.[1] ?? "";
  if (hex.length === 64) return { kind: "sha256", hex };
  return hex.length === 40 ? { kind: "git", hex } : null;
}

function number(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
}
