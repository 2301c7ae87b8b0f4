import {
  answerByModel,
  chooseByModel,
  copyNearest,
  countOutputs,
  type Example,
  exampleChooser,
  mostFrequent,
  type QuestionInput,
} from "v2l";
import { type CaptionSystemOptions, NO_PLACES, withoutPlaces } from "./caption-systems.js";
import type { LanguageModels } from "./language-models.js";
import type { WritingSystem } from "./writing.js";

/** A question, and the kind by which its answers are counted. */
export interface QuestionAsked extends QuestionInput {
  readonly kind: string;
}

/** A question of the pool with its answer as `output`. */
export type KnownAnswer = QuestionAsked & Example;

/** The answers to choose from, for a kind of question. */
export type AnswerLists = (kind: string) => readonly string[];

/** An answer is in the list of its kind if it occurs so often among all questions of the pool. */
const LISTED_FROM = 2;
/** Most tokens of an answer. */
const MAX_TOKENS = 24;

/**
 * The answers that are common among the pool's questions of each kind, the most frequent first; for a kind
 * that the pool does not have, those common among all.
 */
export function answerLists(known: readonly KnownAnswer[]): AnswerLists {
  const kinds = new Set(known.map(({ kind }) => kind));
  const all = commonAnswers(known);
  const lists = new Map(
    [...kinds].map((kind) => [kind, commonAnswers(known.filter((one) => one.kind === kind))]),
  );
  return (kind) => lists.get(kind) ?? all;
}

function commonAnswers(known: readonly KnownAnswer[]): string[] {
  const counted = countOutputs(known);
  const common = counted.filter(({ count }) => count >= LISTED_FROM);
  return (common.length > 0 ? common : counted).map(({ output }) => output);
}

/** All ways to answer, the language model first. */
export function answerSystems(
  { llm, untrained }: LanguageModels,
  known: readonly KnownAnswer[],
  lists: AnswerLists,
  { choose, shots, seed, words, ignore, places }: CaptionSystemOptions,
): WritingSystem<QuestionAsked>[] {
  const choice = { choose, count: shots, seed };
  const chosen = exampleChooser(known, choice);
  const whole = exampleChooser(known.map(withoutPlaces), choice);
  const prompt = { words, ignore, maxTokens: MAX_TOKENS };
  const write = answerByModel(llm, chosen, prompt);
  const pick = chooseByModel<QuestionAsked>(llm, chosen, ({ kind }) => lists(kind), {
    words,
    ignore,
  });
  const random = untrained && answerByModel(untrained, chosen, prompt);
  return [
    { name: "language model", words: "own", write },
    ...(places > 0
      ? [{ name: NO_PLACES, words: "whole", write: answerByModel(llm, whole, prompt) } as const]
      : []),
    { name: "no image", words: "none", write },
    { name: "words of another image", words: "other", write },
    { name: "language model, from the list", words: "own", write: pick },
    { name: "no image, from the list", words: "none", write: pick },
    { name: "most frequent answer", words: "none", write: mostFrequent(known, ({ kind }) => kind) },
    { name: "nearest answer, no language model", words: "own", write: copyNearest(known) },
    ...(random ? [{ name: "random weights", words: "own", write: random } as const] : []),
  ];
}
