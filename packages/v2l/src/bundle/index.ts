export {
  type BundleManifest,
  type ClipPreprocess,
  type CodebookEntry,
  MANIFEST_FILE,
} from "./manifest.js";
export { Bundle, type Codebook, openBundle } from "./open-bundle.js";
export { type BundleParts, writeBundle } from "./write-bundle.js";
