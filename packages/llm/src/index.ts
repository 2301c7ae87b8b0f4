export * from "./fake.js";
export * from "./language-model.js";
export { vocabularyHash } from "./vocabulary.js";
