import {
  ANSWER_KINDS,
  type AnswerKind,
  type EvaluatedImage,
  normalizeAnswer,
  type Share,
  shareOf,
  type VisualQuestion,
  vqaAccuracy,
  withOtherWords,
  wordsRead,
} from "v2l";
import {
  type AnswerLists,
  answerLists,
  answerSystems,
  type KnownAnswer,
} from "../answer-systems.js";
import type { LanguageModels } from "../language-models.js";
import { callOptions, type EvaluationOptions, type LanguageConfig } from "../language-scenes.js";
import { chooseImages } from "./choose.js";
import type { ImageReader } from "./image-reader.js";

/** Questions about images that are words now. */
export interface AskedImages {
  readonly evaluated: readonly (EvaluatedImage & VisualQuestion)[];
  readonly pool: readonly KnownAnswer[];
}

/** The figures of one way to answer: VQA's accuracy. */
export interface FileQuestionResult {
  readonly system: string;
  readonly overall: Share;
  readonly kinds: Readonly<Record<AnswerKind, Share>>;
}

/** A question as it was answered, to look at. */
export interface FileQuestionSample {
  readonly image: string;
  readonly words: readonly string[];
  readonly question: string;
  readonly answers: readonly string[];
  readonly given: string;
}

export interface FileQuestionEvaluation {
  readonly results: readonly FileQuestionResult[];
  /** What choosing from the lists can reach: the mean accuracy of the best answer in the list. */
  readonly reachable: number;
  readonly samples: readonly FileQuestionSample[];
}

const SAMPLES = 10;

/**
 * Draws images and reads their words. All questions about an image stay together.
 * @param others where examples come from; null: from other images of the same dataset
 * @throws V2LError INVALID_ARGUMENT where there are too few; what reading an image throws
 */
export async function readAskedImages(
  reader: ImageReader,
  questions: readonly VisualQuestion[],
  others: readonly VisualQuestion[] | null,
  config: LanguageConfig,
): Promise<AskedImages> {
  const chosen = chooseImages(byImage(questions), others && byImage(others), config);
  const pool = await reader.describe(chosen.pool, "images for examples");
  const evaluated = withOtherWords(await reader.describe(chosen.evaluated, "images"));
  return {
    evaluated: evaluated.flatMap(({ words, otherWords, questions: asked }) => {
      return asked.map((one) => ({ ...one, words, otherWords }));
    }),
    pool: pool.flatMap(({ words, questions: asked }) => {
      return asked.map(({ question, answer, questionKind: kind }): KnownAnswer => {
        return { words, question, kind, output: answer };
      });
    }),
  };
}

interface ImageQuestions {
  readonly image: string;
  readonly split: null;
  readonly questions: VisualQuestion[];
}

function byImage(questions: readonly VisualQuestion[]): ImageQuestions[] {
  const images = new Map<string, ImageQuestions>();
  for (const one of questions) {
    const known = images.get(one.image) ?? { image: one.image, split: null, questions: [] };
    known.questions.push(one);
    images.set(one.image, known);
  }
  return [...images.values()];
}

/** Asks a language model about images that it reads as words, beside controls. */
export async function evaluateFileQuestions(
  { evaluated, pool }: AskedImages,
  models: LanguageModels,
  config: LanguageConfig,
  options: EvaluationOptions = {},
): Promise<FileQuestionEvaluation> {
  const lists = answerLists(pool);
  const results: FileQuestionResult[] = [];
  const samples: FileQuestionSample[] = [];
  for (const { name, words, write } of answerSystems(models, pool, lists, config)) {
    const inputs = evaluated.map((one) => {
      return { words: wordsRead(one, words), kind: one.questionKind, question: one.question };
    });
    const given = await write(inputs, callOptions(`answers: ${name}`, options));
    results.push(scores(name, evaluated, given));
    if (samples.length > 0) continue;
    for (const [i, one] of evaluated.slice(0, SAMPLES).entries()) {
      const { image, question, answers } = one;
      const shown = one.words.slice(0, config.words);
      samples.push({ image, words: shown, question, answers, given: given[i] as string });
    }
  }
  return { results, reachable: reachable(evaluated, lists), samples };
}

/** The mean accuracy of the best answer that the lists have. */
function reachable(evaluated: AskedImages["evaluated"], lists: AnswerLists): number {
  const normalized = new Map<readonly string[], ReadonlySet<string>>();
  const best = evaluated.map(({ questionKind, answers }) => {
    const list = lists(questionKind);
    const known = normalized.get(list) ?? new Set(list.map(normalizeAnswer));
    normalized.set(list, known);
    const listed = answers.filter((one) => known.has(normalizeAnswer(one)));
    return Math.max(0, ...listed.map((one) => vqaAccuracy(one, answers)));
  });
  return best.reduce((sum, one) => sum + one, 0) / best.length;
}

function scores(
  system: string,
  evaluated: AskedImages["evaluated"],
  given: readonly string[],
): FileQuestionResult {
  // Trials about one image are told by its words, which all questions about it share.
  const judged = evaluated.map((one, i) => ({
    image: one.words,
    count: vqaAccuracy(given[i] as string, one.answers),
    of: 1,
    kind: one.answerKind,
  }));
  const kinds = ANSWER_KINDS.map((kind) => {
    return [kind, shareOf(judged.filter((one) => one.kind === kind))] as const;
  });
  return {
    system,
    overall: shareOf(judged),
    kinds: Object.fromEntries(kinds) as Record<AnswerKind, Share>,
  };
}
