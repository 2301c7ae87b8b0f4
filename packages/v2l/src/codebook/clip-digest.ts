import { createHash } from "node:crypto";
import type { BundleParts } from "../bundle/write-bundle.js";

/**
 * Names one half of a CLIP: features are kept under it. That of the text half covers its tokenizer.
 */
export function clipDigest(clip: BundleParts["clip"], half: "image" | "text"): string {
  const hash = createHash("sha256");
  for (const [name, { shape, bytes }] of [...clip.weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name.startsWith("visual.") !== (half === "image")) continue;
    hash.update(`${name}[${shape}]`).update(bytes);
  }
  if (half === "text") hash.update(clip.textTokenizer ?? "");
  return hash.digest("hex").slice(0, 16);
}
