import type { LanguageModel } from "@v2l/llm";

/** What is evaluated: a language model, and one like it that has learned nothing, where it could be made. */
export interface LanguageModels {
  readonly llm: LanguageModel;
  readonly untrained: LanguageModel | null;
}
