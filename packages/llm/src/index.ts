export * from "./gguf/index.js";
export * from "./language-model.js";
export * from "./vocabulary-hash.js";
