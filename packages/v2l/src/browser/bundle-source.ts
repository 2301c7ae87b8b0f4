import { expected, V2LError } from "@v2l/nn";
import type { BundleLocation } from "./messages.js";

/**
 * Where a bundle is: the address of its folder (relative ones start from the page), the files of one
 * that a person chose, or their contents by name.
 */
export type BundleSource =
  | string
  | URL
  | Iterable<File>
  | Readonly<Record<string, Blob | ArrayBuffer | Uint8Array<ArrayBuffer>>>;

/** @throws V2LError INVALID_ARGUMENT where it is no address */
export function locateBundle(
  source: BundleSource,
  headers: Readonly<Record<string, string>> = {},
): BundleLocation {
  if (typeof source === "string" || source instanceof URL) {
    return { base: folderAddress(source), headers };
  }
  if (isFiles(source)) {
    return { files: new Map(Array.from(source, (file) => [file.name, file])) };
  }
  const blobs = Object.entries(source).map(([name, content]) => {
    return [name, content instanceof Blob ? content : new Blob([content])] as const;
  });
  return { files: new Map(blobs) };
}

function isFiles(source: object): source is Iterable<File> {
  return Symbol.iterator in source;
}

function folderAddress(source: string | URL): string {
  try {
    const url = new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href);
    if (!url.pathname.endsWith("/")) url.pathname += "/";
    return url.href;
  } catch (cause) {
    const message = expected("the address of a bundle's folder", "bundle", String(source));
    throw new V2LError("INVALID_ARGUMENT", message, { cause });
  }
}
