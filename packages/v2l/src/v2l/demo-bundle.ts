import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expected, V2LError } from "@v2l/nn";
import { MANIFEST_FILE } from "../bundle/manifest.js";

/** Where the demo bundle lies, seen from this file: in the package, or in the repository. */
const PLACES = ["../../../models/demo/", "../../../../../models/demo/"];

/** The folder of the demo bundle; null where it is not present. */
export function demoBundlePath(): string | null {
  const folders = PLACES.map((place) => new URL(place, import.meta.url));
  const found = folders.find((folder) => existsSync(new URL(MANIFEST_FILE, folder)));
  return found ? fileURLToPath(found) : null;
}

/**
 * The folder of the demo bundle.
 * @throws V2LError FILE_NOT_FOUND where it is not present.
 */
export function requireDemoBundle(): string {
  const path = demoBundlePath();
  if (path !== null) return path;
  const remedy = "Give the path of a bundle, or reinstall the package";
  throw new V2LError(
    "FILE_NOT_FOUND",
    expected("the demo bundle", "models/demo", "nothing", remedy),
  );
}
