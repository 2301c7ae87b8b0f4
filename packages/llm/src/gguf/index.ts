export * from "./gguf-vocabulary.js";
export type { LlamaConfig } from "./llama-tensors.js";
export * from "./read-gguf-header.js";
export * from "./write-llama-gguf.js";
