import { captionByModel, copyNearest, type Example, exampleChooser, listWords } from "v2l";
import type { LanguageModels } from "./language-models.js";
import type { LanguageConfig } from "./language-scenes.js";
import type { WritingSystem } from "./writing.js";

export type CaptionSystemOptions = Pick<LanguageConfig, "choose" | "shots" | "seed" | "words">;

/** Most tokens of a caption. */
const MAX_TOKENS = 48;

/** All ways to caption, the language model first. */
export function captionSystems(
  { llm, untrained }: LanguageModels,
  pool: readonly Example[],
  { choose, shots, seed, words }: CaptionSystemOptions,
): WritingSystem[] {
  const chosen = exampleChooser(pool, { choose, count: shots, seed });
  const prompt = { words, maxTokens: MAX_TOKENS };
  const write = captionByModel(llm, chosen, prompt);
  const random = untrained && captionByModel(untrained, chosen, prompt);
  return [
    { name: "language model", words: "own", write },
    { name: "no image", words: "none", write },
    { name: "words of another image", words: "other", write },
    { name: "nearest caption, no language model", words: "own", write: copyNearest(pool) },
    { name: "the words themselves, no language model", words: "own", write: listWords(words) },
    ...(random ? [{ name: "random weights", words: "own", write: random } as const] : []),
  ];
}
