export type { Gpu } from "./llama.js";
export { type EmbeddedOptions, openEmbedded } from "./open-embedded.js";
