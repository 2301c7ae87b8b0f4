import { existsSync } from "node:fs";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { MANIFEST_FILE } from "../bundle/manifest.js";
import type { BundleParts } from "../bundle/write-bundle.js";
import { importClip } from "../import/import-clip.js";
import { FOUNDATION_FILE, openFoundation } from "./foundation.js";

/**
 * Reads a CLIP: that of a bundle or foundation, or a folder in Hugging Face's layout.
 * @throws V2LError FILE_NOT_FOUND where the folder is none of these; what reading them throws
 */
export async function openClip(path: string): Promise<BundleParts["clip"]> {
  const has = (file: string) => existsSync(join(path, file));
  if (has(MANIFEST_FILE) || has(FOUNDATION_FILE)) return (await openFoundation(path)).clip;
  if (has("config.json")) return { ...(await importClip(path)), preprocess: "official" };
  const what = "a bundle, a folder of codebooks, or a CLIP in Hugging Face's layout";
  throw new V2LError("FILE_NOT_FOUND", expected(what, "clip", path));
}
