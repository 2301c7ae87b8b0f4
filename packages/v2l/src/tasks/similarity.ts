import type { PromptInput } from "./prompt.js";

/**
 * How much two lists of words agree, from 0 (no word in common) to 1 (the same list): the cosine between
 * the lists as vectors over all words, the n-th word of a list weighing 1/n.
 */
export function wordSimilarity(a: readonly string[], b: readonly string[]): number {
  return cosine(rankWeights(a), rankWeights(b));
}

/** The words of a list with weights of 1, 1/2, 1/3, ...; of equal words the first counts. */
export function rankWeights(words: readonly string[]): Map<string, number> {
  const weights = new Map<string, number>();
  words.forEach((word, i) => {
    if (!weights.has(word)) weights.set(word, 1 / (i + 1));
  });
  return weights;
}

/**
 * The examples most like the query, the most similar last: next to the query in the prompt. Similar are
 * images with similar words; where there are questions, their similarity (cosine of their sets of
 * words) is added. Of equal ones the earlier counts as more similar.
 */
export function nearestExamples<T extends PromptInput>(
  examples: readonly T[],
  query: PromptInput,
  count: number,
): T[] {
  const rated = examples.map((example) => ({ example, similarity: similarity(example, query) }));
  const best = rated.sort((a, b) => b.similarity - a.similarity).slice(0, count);
  return best.reverse().map(({ example }) => example);
}

function similarity(a: PromptInput, b: PromptInput): number {
  const words = wordSimilarity(a.words, b.words);
  if (a.question === undefined || b.question === undefined) return words;
  return words + cosine(wordsOf(a.question), wordsOf(b.question));
}

function wordsOf(text: string): Map<string, number> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Map(words.map((word) => [word, 1]));
}

function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const product = [...a].reduce((sum, [word, weight]) => sum + weight * (b.get(word) ?? 0), 0);
  return product === 0 ? 0 : product / Math.sqrt(squared(a) * squared(b));
}

function squared(weights: ReadonlyMap<string, number>): number {
  return [...weights.values()].reduce((sum, weight) => sum + weight ** 2, 0);
}
