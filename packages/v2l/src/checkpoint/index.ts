export * from "./npy.js";
export * from "./read-checkpoint.js";
export * from "./safetensors.js";
