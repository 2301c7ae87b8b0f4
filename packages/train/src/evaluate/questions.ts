import { normalizeAnswer, type ReadWords, type Share, shareOf, vqaAccuracy } from "v2l";
import { randomFor } from "../run/random.js";
import {
  QUESTION_KINDS,
  type Question,
  type QuestionKind,
  sceneQuestions,
} from "../world/index.js";
import { answerLists, answerSystems, type KnownAnswer } from "./answer-systems.js";
import type { LanguageModels } from "./language-models.js";
import {
  type EvaluatedScene,
  inSet,
  LANGUAGE_SETS,
  type LanguageConfig,
  type LanguageScenes,
  stream,
} from "./language-scenes.js";
import type { DescribedScene } from "./read-scenes.js";
import {
  joinWriting,
  measureWriting,
  type WritingPart,
  type WritingRun,
  withOutputs,
} from "./writing.js";

/** The figures of one way to answer. */
export interface QuestionResult {
  readonly system: string;
  /** Over all questions. */
  readonly overall: Share;
  /** By set of scenes. */
  readonly sets: Readonly<Record<string, Share>>;
  readonly kinds: Readonly<Record<QuestionKind, Share>>;
  /** All kinds counting alike. */
  readonly meanOfKinds: number;
}

/** The answers to choose from, for one kind of question. */
export interface AnswerList {
  readonly answers: number;
  /** Share of the questions of the kind whose answer is in the list: what choosing can reach. */
  readonly reachable: number;
}

/** A question as it was answered, to look at. */
export interface QuestionSample {
  readonly scene: number;
  readonly words: readonly string[];
  readonly question: string;
  readonly answer: string;
  readonly given: string;
}

export interface QuestionEvaluation {
  readonly results: readonly QuestionResult[];
  readonly lists: Readonly<Record<QuestionKind, AnswerList>>;
  /** The first questions of each kind with the language model's answers. */
  readonly samples: readonly QuestionSample[];
}

/** A question, and what its answers are judged by. */
export interface QuestionItem extends Question {
  readonly scene: number;
  readonly set: string;
  /** Those that prompts show. */
  readonly words: readonly string[];
  /** Whether the answer is in the list of its kind. */
  readonly listed: boolean;
}

/** What a shard knows. */
export interface QuestionPart extends WritingPart<QuestionItem> {
  /** How many answers the list of each kind has. */
  readonly lists: Readonly<Record<QuestionKind, number>>;
}

interface AskedScene extends EvaluatedScene, Question {}
interface AnsweredQuestion extends QuestionItem {
  /** The answer that was given. */
  readonly output: string;
}

const SAMPLES = 4;

/**
 * Asks a language model about held-out scenes that it reads as words, beside controls.
 * @returns what this shard knows, for {@link summarizeQuestions}
 */
export async function measureQuestions(
  { pool, evaluated }: LanguageScenes,
  models: LanguageModels,
  config: LanguageConfig,
  run: WritingRun,
): Promise<QuestionPart> {
  const known = pool.flatMap((one) => {
    return questionsOf(one, config.seed).map(({ kind, question, answer }): KnownAnswer => {
      return { words: one.words, places: one.places, kind, question, output: answer };
    });
  });
  const lists = answerLists(known);
  const listed = byKind((kind) => new Set(lists(kind).map(inOrder)));
  const asked = evaluated.flatMap((scene) => {
    return questionsOf(scene, config.seed).map(
      (question): AskedScene => ({ ...scene, ...question }),
    );
  });
  const task = {
    name: "answers",
    evaluated: asked,
    pool: known,
    config,
    systems: answerSystems(models, known, lists, config),
    ask: ({ kind, question }: AskedScene, read: ReadWords) => ({ ...read, kind, question }),
    keep: ({ scene, set, words, places, kind, question, answer }: AskedScene): QuestionItem => ({
      scene: scene.index,
      set,
      words: [...words.slice(0, config.words), ...places],
      kind,
      question,
      answer,
      listed: listed[kind].has(inOrder(answer)),
    }),
  };
  const part = await measureWriting(task, run);
  return { ...part, lists: byKind((kind) => lists(kind).length) };
}

/** @param parts what {@link measureQuestions} gave for each shard in order */
export function summarizeQuestions(parts: readonly QuestionPart[]): QuestionEvaluation {
  const { items, systems, lists } = joinWriting(parts);
  const answered = systems.map(({ system, outputs }) => {
    return { system, given: withOutputs(items, outputs) };
  });
  return {
    results: answered.map(({ system, given }) => scores(system, given)),
    lists: byKind((kind) => {
      const questions = items.filter((one) => one.kind === kind);
      const reached = questions.filter(({ listed }) => listed);
      return { answers: lists[kind], reachable: reached.length / questions.length };
    }),
    samples: answered.slice(0, 1).flatMap(({ given }) => firstOfEach(given)),
  };
}

/** All questions that a scene answers. Half of those of the kind `is there` are answered no. */
function questionsOf({ scene, colorOf }: DescribedScene, seed: number): Question[] {
  return sceneQuestions(scene, randomFor(seed, stream("questions", scene)), colorOf);
}

function scores(system: string, given: readonly AnsweredQuestion[]): QuestionResult {
  const judged = given.map((one) => ({ ...one, accuracy: accuracy(one.output, one.answer) }));
  const share = (all: typeof judged) => {
    return shareOf(
      all.map(({ set, scene, accuracy: count }) => ({ image: `${set} ${scene}`, count, of: 1 })),
    );
  };
  const kinds = byKind((kind) => share(judged.filter((one) => one.kind === kind)));
  const shares = Object.values(kinds).flatMap((one) => (one.of > 0 ? [one.share] : []));
  return {
    system,
    overall: share(judged),
    sets: Object.fromEntries(LANGUAGE_SETS.map((set) => [set, share(inSet(judged, set))])),
    kinds,
    meanOfKinds: shares.reduce((sum, one) => sum + one, 0) / shares.length,
  };
}

/** 1 for the right answer, else 0. `a cat and a dog` says the same as `a dog and a cat`. */
function accuracy(given: string, answer: string): number {
  return vqaAccuracy(inOrder(given), [inOrder(answer)]);
}

function inOrder(answer: string): string {
  const parts = answer.split(/, | and /).map(normalizeAnswer);
  return parts.sort().join(" and ");
}

function firstOfEach(given: readonly AnsweredQuestion[]): QuestionSample[] {
  return QUESTION_KINDS.flatMap((kind) => {
    const first = given.filter((one) => one.kind === kind).slice(0, SAMPLES);
    return first.map(({ scene, words, question, answer, output }) => {
      return { scene, words, question, answer, given: output };
    });
  });
}

function byKind<T>(value: (kind: QuestionKind) => T): Readonly<Record<QuestionKind, T>> {
  const entries = QUESTION_KINDS.map((kind) => [kind, value(kind)] as const);
  return Object.fromEntries(entries) as Record<QuestionKind, T>;
}
