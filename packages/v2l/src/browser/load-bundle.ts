import { expected, V2LError } from "@v2l/nn";
import { Bundle, readManifest, verifyFiles } from "../bundle/bundle.js";
import { type BundleManifest, MANIFEST_FILE } from "../bundle/manifest.js";
import { BlobFiles } from "./blob-files.js";
import type { BundleAddress, BundleLocation, LoadProgress } from "./messages.js";

/** Larger manifests are refused while they arrive. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/** A bundle, and what forgets its files when nothing reads them any more. */
export interface LoadedBundle {
  readonly bundle: Bundle;
  release(): void;
}

/**
 * Fetches what encoding and decoding need of a bundle, or takes it from files, and verifies it.
 * @throws V2LError FILE_NOT_FOUND; BUNDLE_INVALID; BUNDLE_CORRUPT; SERVER_UNAVAILABLE where the server
 *   does not answer; SERVER_REFUSED where it answers with another error than 404
 */
export async function loadBundle(
  location: BundleLocation,
  onProgress: (event: LoadProgress) => void,
): Promise<LoadedBundle> {
  const files = new BlobFiles("base" in location ? location.base : "the chosen files");
  if ("base" in location) {
    files.add(MANIFEST_FILE, await download(location, MANIFEST_FILE, MAX_MANIFEST_BYTES));
  } else {
    for (const [name, blob] of location.files) files.add(name, blob);
  }
  const manifest = await readManifest(files);
  const needed = neededFiles(manifest);
  if ("base" in location) await downloadAll(location, needed, files, onProgress);
  await verifyFiles(files, needed);
  return { bundle: new Bundle(files, manifest), release: () => files.clear() };
}

/** The files that encoding and decoding read, as the manifest lists them. */
function neededFiles({ tokenizer, codebooks, clip, files }: BundleManifest) {
  const { local, global } = codebooks;
  const names = [tokenizer.file, clip.file];
  for (const { embedding, vocabulary } of [local, global]) names.push(embedding, vocabulary);
  return Object.fromEntries(Object.entries(files).filter(([name]) => names.includes(name)));
}

async function downloadAll(
  address: BundleAddress,
  listed: BundleManifest["files"],
  files: BlobFiles,
  onProgress: (event: LoadProgress) => void,
): Promise<void> {
  const entries = Object.entries(listed);
  const total = entries.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  let loaded = 0;
  const stop = new AbortController();
  const arrived = (bytes: number) => {
    loaded += bytes;
    onProgress({ phase: "download", loaded, total });
  };
  try {
    await Promise.all(
      entries.map(async ([name, { bytes }]) => {
        files.add(name, await download(address, name, bytes, arrived, stop.signal));
      }),
    );
  } finally {
    stop.abort();
  }
}

/** @param limit bytes; more than these end the download */
async function download(
  { base, headers }: BundleAddress,
  name: string,
  limit: number,
  arrived: (bytes: number) => void = () => {},
  signal: AbortSignal | null = null,
): Promise<Blob> {
  const url = new URL(name, base).href;
  const response = await fetch(url, { headers: { ...headers }, signal }).catch((cause: unknown) => {
    throw unavailable(url, cause);
  });
  if (!response.ok || response.body === null) throw refused(url, response.status);
  const reader = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; ; ) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw unavailable(url, cause);
    });
    if (done) return new Blob(chunks);
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new V2LError("BUNDLE_CORRUPT", expected(`at most ${limit} bytes`, url, "more"));
    }
    chunks.push(value);
    arrived(value.length);
  }
}

function unavailable(url: string, cause: unknown): V2LError {
  const remedy = "Check the connection, and that the server allows this page (CORS)";
  return new V2LError(
    "SERVER_UNAVAILABLE",
    expected("an answer of the server", url, String(cause), remedy),
    { cause },
  );
}

function refused(url: string, status: number): V2LError {
  const code = status === 404 ? "FILE_NOT_FOUND" : "SERVER_REFUSED";
  return new V2LError(code, expected("a file of a bundle", url, `HTTP ${status}`));
}
