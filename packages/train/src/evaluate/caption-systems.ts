import { captionByModel, copyNearest, type Example, exampleChooser, listWords } from "v2l";
import type { LanguageModels } from "./language-models.js";
import type { LanguageConfig } from "./language-scenes.js";
import type { WritingSystem } from "./writing.js";

export type CaptionSystemOptions = Pick<
  LanguageConfig,
  "choose" | "shots" | "seed" | "words" | "ignore" | "places"
>;

/** The system that reads words of whole images alone, as in the paper. */
export const NO_PLACES = "language model, words of the whole alone";

/** An example without the words of its parts. */
export function withoutPlaces<T extends Example>(example: T): T {
  return { ...example, places: [] };
}

/** Most tokens of a caption. */
const MAX_TOKENS = 48;

/** All ways to caption, the language model first. */
export function captionSystems(
  { llm, untrained }: LanguageModels,
  pool: readonly Example[],
  { choose, shots, seed, words, ignore, places }: CaptionSystemOptions,
): WritingSystem[] {
  const choice = { choose, count: shots, seed };
  const chosen = exampleChooser(pool, choice);
  const prompt = { words, ignore, maxTokens: MAX_TOKENS };
  const whole = exampleChooser(pool.map(withoutPlaces), choice);
  const write = captionByModel(llm, chosen, prompt);
  const random = untrained && captionByModel(untrained, chosen, prompt);
  return [
    { name: "language model", words: "own", write },
    ...(places > 0
      ? [{ name: NO_PLACES, words: "whole", write: captionByModel(llm, whole, prompt) } as const]
      : []),
    { name: "no image", words: "none", write },
    { name: "words of another image", words: "other", write },
    { name: "nearest caption, no language model", words: "own", write: copyNearest(pool) },
    { name: "the words themselves, no language model", words: "own", write: listWords(words) },
    ...(random ? [{ name: "random weights", words: "own", write: random } as const] : []),
  ];
}
