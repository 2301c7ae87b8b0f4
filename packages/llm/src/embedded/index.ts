export { type DownloadProgress, sha256OfFile } from "./download.js";
export type { HubOptions } from "./hub-file.js";
export type { Gpu } from "./llama.js";
export { type EmbeddedOptions, openEmbedded } from "./open-embedded.js";
