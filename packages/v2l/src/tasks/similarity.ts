import type { PromptInput } from "./prompt.js";

/**
 * How much two lists of words agree, from 0 (no word in common) to 1 (the same list): the cosine between
 * the lists as vectors over all words, the n-th word of a list weighing 1/n.
 */
export function wordSimilarity(a: readonly string[], b: readonly string[]): number {
  return cosine(vector(rankWeights(a)), vector(rankWeights(b)));
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
  return exampleFinder(examples)(query, count);
}

/** {@link nearestExamples} for many queries: what does not depend on the query is computed once. */
export function exampleFinder<T extends PromptInput>(
  examples: readonly T[],
): (query: PromptInput, count: number) => T[] {
  const known = examples.map((example) => ({ example, ...featuresOf(example) }));
  return (query, count) => {
    const wanted = featuresOf(query);
    const rated = known.map((one) => ({ ...one, similarity: similarity(one, wanted) }));
    const best = rated.sort((a, b) => b.similarity - a.similarity).slice(0, count);
    return best.reverse().map(({ example }) => example);
  };
}

/** What similarity is computed from. */
interface Features {
  readonly words: Vector;
  readonly question: Vector | null;
}

interface Vector {
  readonly weights: ReadonlyMap<string, number>;
  /** Sum of the squared weights. */
  readonly squared: number;
}

function featuresOf({ words, question }: PromptInput): Features {
  return {
    words: vector(rankWeights(words)),
    question: question === undefined ? null : vector(wordsOf(question)),
  };
}

function similarity(a: Features, b: Features): number {
  const words = cosine(a.words, b.words);
  return a.question && b.question ? words + cosine(a.question, b.question) : words;
}

function wordsOf(text: string): Map<string, number> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Map(words.map((word) => [word, 1]));
}

function vector(weights: ReadonlyMap<string, number>): Vector {
  return { weights, squared: [...weights.values()].reduce((sum, weight) => sum + weight ** 2, 0) };
}

function cosine(a: Vector, b: Vector): number {
  let product = 0;
  for (const [word, weight] of a.weights) product += weight * (b.weights.get(word) ?? 0);
  return product === 0 ? 0 : product / Math.sqrt(a.squared * b.squared);
}
