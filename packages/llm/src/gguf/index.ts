export type { LlamaConfig } from "@v2l/nn";
export * from "./gguf-vocabulary.js";
export * from "./random-weights.js";
export * from "./read-gguf-header.js";
export * from "./read-llama-weights.js";
export type { GgufWeightType } from "./values.js";
export * from "./write-llama-gguf.js";
