export * from "./npy.js";
export * from "./read-checkpoint.js";
export * from "./read-weights.js";
export * from "./safetensors.js";
export type { ReadSafetensorsOptions, SafetensorsFile } from "./safetensors-format.js";
