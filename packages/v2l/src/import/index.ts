export { type ImportedClip, importClip } from "./import-clip.js";
export { type ImportOptions, type ImportResult, importOfficial } from "./import-official.js";
