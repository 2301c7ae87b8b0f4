export { Bundle, type Codebook } from "./bundle.js";
export {
  type BundleManifest,
  type ClipPreprocess,
  type CodebookEntry,
  MANIFEST_FILE,
  readsTexts,
} from "./manifest.js";
export { openBundle } from "./open-bundle.js";
export { type BundleParts, writeBundle } from "./write-bundle.js";
