import {
  ANSWER_KINDS,
  type AnswerKind,
  type EvaluatedImage,
  normalizeAnswer,
  type ReadWords,
  type Share,
  shareOf,
  type VisualQuestion,
  vqaAccuracy,
  withOtherWords,
} from "v2l";
import {
  type AnswerLists,
  answerLists,
  answerSystems,
  type KnownAnswer,
} from "../answer-systems.js";
import type { LanguageModels } from "../language-models.js";
import type { LanguageConfig } from "../language-scenes.js";
import {
  joinWriting,
  measureWriting,
  type WritingPart,
  type WritingRun,
  withOutputs,
} from "../writing.js";
import { chooseImages } from "./choose.js";
import type { ImageReader } from "./image-reader.js";

/** Questions about images that are words now. */
export interface AskedImages {
  readonly evaluated: readonly (EvaluatedImage & VisualQuestion)[];
  readonly pool: readonly KnownAnswer[];
}

type AskedImage = AskedImages["evaluated"][number];

/** A question, and what its answers are judged by. */
export interface FileQuestionItem
  extends Pick<VisualQuestion, "image" | "question" | "answers" | "answerKind"> {
  /** Those that prompts show. */
  readonly words: readonly string[];
  /** Accuracy of the best answer in the list. */
  readonly reachable: number;
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
    evaluated: evaluated.flatMap(({ words, places, other, questions: asked }) => {
      return asked.map((one) => ({ ...one, words, places, other }));
    }),
    pool: pool.flatMap(({ words, places, questions: asked }) => {
      return asked.map(({ question, answer, questionKind: kind }): KnownAnswer => {
        return { words, places, question, kind, output: answer };
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

/**
 * Asks a language model about images that it reads as words, beside controls.
 * @returns what this shard knows, for {@link summarizeFileQuestions}
 */
export function measureFileQuestions(
  { evaluated, pool }: AskedImages,
  models: LanguageModels,
  config: LanguageConfig,
  run: WritingRun,
): Promise<WritingPart<FileQuestionItem>> {
  const lists = answerLists(pool);
  const reachable = reach(lists);
  const task = {
    name: "answers",
    evaluated,
    pool,
    config,
    systems: answerSystems(models, pool, lists, config),
    ask: ({ questionKind: kind, question }: AskedImage, read: ReadWords) => {
      return { ...read, kind, question };
    },
    keep: (one: AskedImage): FileQuestionItem => {
      const { image, question, answers, answerKind } = one;
      const words = [...one.words.slice(0, config.words), ...(one.places ?? [])];
      return { image, words, question, answers, answerKind, reachable: reachable(one) };
    },
  };
  return measureWriting(task, run);
}

/** Tells the accuracy of the best answer that the lists have for a question. */
function reach(lists: AnswerLists): (question: VisualQuestion) => number {
  const normalized = new Map<readonly string[], ReadonlySet<string>>();
  return ({ questionKind, answers }) => {
    const list = lists(questionKind);
    const known = normalized.get(list) ?? new Set(list.map(normalizeAnswer));
    normalized.set(list, known);
    const listed = answers.filter((one) => known.has(normalizeAnswer(one)));
    return Math.max(0, ...listed.map((one) => vqaAccuracy(one, answers)));
  };
}

/** @param parts what {@link measureFileQuestions} gave for each shard in order */
export function summarizeFileQuestions(
  parts: readonly WritingPart<FileQuestionItem>[],
): FileQuestionEvaluation {
  const { items, systems } = joinWriting(parts);
  const answered = systems.map(({ system, outputs }) => {
    return { system, given: withOutputs(items, outputs) };
  });
  return {
    results: answered.map(({ system, given }) => scores(system, given)),
    reachable: items.reduce((sum, one) => sum + one.reachable, 0) / items.length,
    samples: answered.slice(0, 1).flatMap(({ given }) => {
      return given.slice(0, SAMPLES).map(({ image, words, question, answers, output }) => {
        return { image, words, question, answers, given: output };
      });
    }),
  };
}

function scores(
  system: string,
  given: readonly (FileQuestionItem & { readonly output: string })[],
): FileQuestionResult {
  const judged = given.map(({ image, answers, answerKind: kind, output }) => {
    return { image, count: vqaAccuracy(output, answers), of: 1, kind };
  });
  const kinds = ANSWER_KINDS.map((kind) => {
    return [kind, shareOf(judged.filter((one) => one.kind === kind))] as const;
  });
  return {
    system,
    overall: shareOf(judged),
    kinds: Object.fromEntries(kinds) as Record<AnswerKind, Share>,
  };
}
