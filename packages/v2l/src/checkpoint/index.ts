export * from "./npy.js";
export * from "./read-checkpoint.js";
export * from "./read-weights.js";
export * from "./safetensors.js";
