export * from "./embedded/index.js";
export * from "./fake.js";
export * from "./gguf/index.js";
export * from "./language-model.js";
export { vocabularyHash } from "./vocabulary.js";
