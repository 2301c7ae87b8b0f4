export * from "./embedded/index.js";
export {
  type LanguageModelEnvironment,
  readEnvironment,
  SERVER_DIALECTS,
  type ServerDialectName,
} from "./environment.js";
export * from "./fake.js";
export * from "./gguf/index.js";
export * from "./hub/index.js";
export * from "./language-model.js";
export { type LanguageModelOptions, openLanguageModel } from "./open.js";
export type { HttpOptions } from "./server/http-client.js";
export { type LocalVocabulary, readLocalVocabulary } from "./server/local-vocabulary.js";
export type { RetryOptions } from "./server/retry.js";
export { openServerLanguageModel, type ServerOptions } from "./server/server-language-model.js";
export { vocabularyHash } from "./vocabulary.js";
