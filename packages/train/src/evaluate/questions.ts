import { normalizeAnswer, type Share, shareOf, vqaAccuracy, wordsRead } from "v2l";
import { randomFor } from "../run/random.js";
import {
  QUESTION_KINDS,
  type Question,
  type QuestionKind,
  sceneQuestions,
} from "../world/index.js";
import {
  type AnswerLists,
  answerLists,
  answerSystems,
  type KnownAnswer,
} from "./answer-systems.js";
import type { LanguageModels } from "./language-models.js";
import {
  callOptions,
  type EvaluatedScene,
  type EvaluationOptions,
  inSet,
  LANGUAGE_SETS,
  type LanguageConfig,
  type LanguageScenes,
  stream,
} from "./language-scenes.js";
import type { DescribedScene } from "./read-scenes.js";

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

interface AskedScene extends EvaluatedScene, Question {}

const SAMPLES = 4;

/** Asks a language model about held-out scenes that it reads as words, beside controls. */
export async function evaluateQuestions(
  { pool, evaluated }: LanguageScenes,
  models: LanguageModels,
  config: LanguageConfig,
  options: EvaluationOptions = {},
): Promise<QuestionEvaluation> {
  const known = pool.flatMap((one) => {
    return questionsOf(one, config.seed).map(({ kind, question, answer }): KnownAnswer => {
      return { words: one.words, kind, question, output: answer };
    });
  });
  const lists = answerLists(known);
  const asked = evaluated.flatMap((scene) => {
    return questionsOf(scene, config.seed).map(
      (question): AskedScene => ({ ...scene, ...question }),
    );
  });
  const results: QuestionResult[] = [];
  const samples: QuestionSample[] = [];
  for (const { name, words, write } of answerSystems(models, known, lists, config)) {
    const inputs = asked.map((one) => {
      return { words: wordsRead(one, words), kind: one.kind, question: one.question };
    });
    const given = await write(inputs, callOptions(`answers: ${name}`, options));
    results.push(scores(name, asked, given));
    if (samples.length === 0) samples.push(...firstOfEach(asked, given, config.words));
  }
  return { results, lists: describeLists(lists, asked), samples };
}

/** All questions that a scene answers. Half of those of the kind `is there` are answered no. */
function questionsOf({ scene, colorOf }: DescribedScene, seed: number): Question[] {
  return sceneQuestions(scene, randomFor(seed, stream("questions", scene)), colorOf);
}

function scores(
  system: string,
  asked: readonly AskedScene[],
  given: readonly string[],
): QuestionResult {
  const judged = asked.map((one, i) => {
    return { ...one, accuracy: accuracy(given[i] as string, one.answer) };
  });
  const share = (all: typeof judged) => {
    return shareOf(all.map(({ scene, accuracy }) => ({ image: scene, count: accuracy, of: 1 })));
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

function describeLists(
  lists: AnswerLists,
  asked: readonly AskedScene[],
): Readonly<Record<QuestionKind, AnswerList>> {
  return byKind((kind) => {
    const questions = asked.filter((one) => one.kind === kind);
    const answers = new Set(lists(kind).map(inOrder));
    const reached = questions.filter(({ answer }) => answers.has(inOrder(answer)));
    return { answers: lists(kind).length, reachable: reached.length / questions.length };
  });
}

function firstOfEach(
  asked: readonly AskedScene[],
  given: readonly string[],
  words: number,
): QuestionSample[] {
  const answered = asked.map((one, i) => ({ ...one, given: given[i] as string }));
  return QUESTION_KINDS.flatMap((kind) => {
    const first = answered.filter((one) => one.kind === kind).slice(0, SAMPLES);
    return first.map((one) => ({
      scene: one.scene.index,
      words: one.words.slice(0, words),
      question: one.question,
      answer: one.answer,
      given: one.given,
    }));
  });
}

function byKind<T>(value: (kind: QuestionKind) => T): Readonly<Record<QuestionKind, T>> {
  const entries = QUESTION_KINDS.map((kind) => [kind, value(kind)] as const);
  return Object.fromEntries(entries) as Record<QuestionKind, T>;
}
