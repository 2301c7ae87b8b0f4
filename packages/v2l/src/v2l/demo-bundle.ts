import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MANIFEST_FILE } from "../bundle/manifest.js";

/** Where the demo bundle lies, seen from this file: in the package, or in the repository. */
const PLACES = ["../../../models/demo/", "../../../../../models/demo/"];

/** The folder of the demo bundle; null where it is not present. */
export function demoBundlePath(): string | null {
  const folders = PLACES.map((place) => new URL(place, import.meta.url));
  const found = folders.find((folder) => existsSync(new URL(MANIFEST_FILE, folder)));
  return found ? fileURLToPath(found) : null;
}
