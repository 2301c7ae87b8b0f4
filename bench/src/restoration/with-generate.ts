import type { LanguageModel } from "@v2l/llm";

/** A model that generates otherwise, and is as before in all else. */
export function withGenerate(
  model: LanguageModel,
  generate: LanguageModel["generate"],
): LanguageModel {
  return {
    info: model.info,
    vocabulary: () => model.vocabulary(),
    tokenize: (text) => model.tokenize(text),
    detokenize: (ids) => model.detokenize(ids),
    nextLogProbs: (prompts, ids, options) => model.nextLogProbs(prompts, ids, options),
    score: (items, options) => model.score(items, options),
    generate,
    close: () => model.close(),
  };
}
