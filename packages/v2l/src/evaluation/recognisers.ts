import type { CallOptions, LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import {
  type ClassificationTask,
  classify,
  type Episode,
  type Example,
  episodeTasks,
  type PromptOptions,
  shownWords,
  wordSimilarity,
} from "../tasks/index.js";
import { dot } from "../v2l/lexicon.js";

/** How the images of an episode are read. */
export interface ReadingSetting extends Required<PromptOptions> {
  readonly protocol: "likelihood" | "paper";
}

/**
 * Something that recognises the queries of few-shot episodes, by a language model or without.
 * @returns a class for each query, episode by episode; null where it names none
 */
export type Recogniser<T extends Example> = (
  episodes: readonly Episode<T>[],
  setting: ReadingSetting,
  options?: CallOptions,
) => Promise<(string | null)[]>;

/** A language model that reads the examples and then the query, see `classify`. */
export function readByModel(llm: LanguageModel): Recogniser<Example> {
  return async (episodes, { protocol, ...prompt }, options) => {
    const tasks = episodes.flatMap(episodeTasks);
    const answers =
      protocol === "paper"
        ? await classify(llm, tasks, { ...prompt, ...options, protocol })
        : await classify(llm, tasks, { ...prompt, ...options });
    return answers.map(({ label }) => label);
  };
}

/**
 * No language model: the class of the support image that shares most words with the query. Of those that
 * share equally many, the one whose words stand at similar places in the list (`wordSimilarity`), and then
 * the first.
 */
export const nearestSupport: Recogniser<Example> = async (episodes, setting) => {
  return episodes.flatMap(episodeTasks).map(({ examples, query }: ClassificationTask) => {
    const seen = shownWords(query, setting);
    const rated = examples.map((example) => {
      const shown = shownWords(example.words, setting);
      const common = new Set(shown.filter((word) => seen.includes(word))).size;
      return { output: example.output, score: common + wordSimilarity(shown, seen) / 2 };
    });
    return rated.reduce((best, one) => (one.score > best.score ? one : best)).output;
  });
};

/** An image with what CLIP sees in it. */
export interface EmbeddedExample extends Example {
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/**
 * No language model and no examples: the class whose name CLIP finds most like the query image.
 * @param names unit embeddings of the names of all classes, see `embedClassNames`
 */
export function nearestClassName(
  names: ReadonlyMap<string, Float32Array>,
): Recogniser<EmbeddedExample> {
  return async (episodes) => {
    return episodes.flatMap(({ classes, queries }) => {
      return queries.map(({ embedding }) => {
        const rated = classes.map((name) => ({
          name,
          score: dot(embeddingOf(names, name), embedding),
        }));
        return rated.reduce((best, one) => (one.score > best.score ? one : best)).name;
      });
    });
  };
}

function embeddingOf(names: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const embedding = names.get(name);
  if (embedding !== undefined) return embedding;
  throw new V2LError("INVALID_ARGUMENT", expected("an embedding of every class", "names", name));
}
