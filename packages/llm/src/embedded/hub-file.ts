import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { readEnvironment } from "../environment.js";
import { type DownloadProgress, download, sha256OfFile } from "./download.js";

export interface HubOptions {
  /** Default: `HF_ENDPOINT`, else https://huggingface.co. */
  readonly endpoint?: string;
  /** For repositories that ask for one. Default: `HF_TOKEN`. */
  readonly token?: string;
  /** Where files are kept. Default: `v2l/models` in `XDG_CACHE_HOME` or `~/.cache`. */
  readonly cacheFolder?: string;
  /** SHA-256 (hex) the file must have. Default: the one that the hub states. */
  readonly sha256?: string;
  readonly onProgress?: DownloadProgress;
  readonly signal?: AbortSignal | undefined;
}

interface HubReference {
  readonly repository: string;
  readonly file: string;
  readonly revision: string;
}

const REFERENCE = /^hf:([\w.-]+\/[\w.-]+)\/([\w./-]+?)(?:@([\w./-]+))?$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MAX_REDIRECTS = 5;

/**
 * The path of a file of the Hugging Face hub, downloaded where it is not there yet.
 * @param reference `hf:owner/repository/path/file.gguf`, or with `@revision`
 */
export async function hubFile(reference: string, options: HubOptions = {}): Promise<string> {
  const { repository, file, revision } = parseReference(reference);
  const folder = options.cacheFolder ?? defaultCacheFolder();
  const path = join(folder, ...repository.split("/"), ...revision.split("/"), ...file.split("/"));
  if (await isFile(path)) {
    if (options.sha256) await checkHash(path, options.sha256);
    return path;
  }
  const environment = readEnvironment();
  const endpoint = options.endpoint ?? environment.hubEndpoint ?? "https://huggingface.co";
  const token = options.token ?? environment.hubToken;
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const url = new URL(`${repository}/resolve/${revision}/${file}`, `${endpoint}/`);
  await download(url, path, {
    headers,
    sha256: options.sha256 ?? (await statedHash(url, headers, options.signal)),
    onProgress: options.onProgress,
    signal: options.signal,
  });
  return path;
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

/** The hash of a large file, which the hub states before it redirects to where the file lies. */
async function statedHash(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let at = url;
  for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
    const request = {
      method: "HEAD",
      headers,
      redirect: "manual",
      signal: signal ?? null,
    } as const;
    const response = await fetch(at, request).catch(() => undefined);
    signal?.throwIfAborted();
    const hash = response?.headers.get("x-linked-etag")?.replaceAll('"', "");
    if (hash && SHA256.test(hash)) return hash;
    const location = response?.headers.get("location");
    if (!location) return undefined;
    const next = new URL(location, at);
    if (next.origin !== url.origin) return undefined;
    at = next;
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function checkHash(path: string, wanted: string): Promise<void> {
  const actual = await sha256OfFile(path);
  if (actual === wanted) return;
  const remedy = "Remove the file to download it again";
  throw new V2LError("MODEL_UNREADABLE", expected(`SHA-256 ${wanted}`, path, actual, remedy));
}
