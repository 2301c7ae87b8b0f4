import { expected, V2LError } from "@v2l/nn";
import type { ImageFolder } from "./image-folder.js";
import { EntryReader, listError, readJsonLists } from "./json-lists.js";

/** The kinds of answers by which VQA's accuracies are told apart. */
export const ANSWER_KINDS = ["yes/no", "number", "other"] as const;
export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** A question about an image with what people answered. */
export interface VisualQuestion {
  /** Path of the image. */
  readonly image: string;
  readonly question: string;
  /** What people answered, ten in VQA v2; at least one. */
  readonly answers: readonly string[];
  /** The answer that most of them gave. */
  readonly answer: string;
  readonly answerKind: AnswerKind;
  /** How the question begins, such as `what color is the`. */
  readonly questionKind: string;
}

export interface VisualQuestionFiles {
  /** For instance `v2_OpenEnded_mscoco_val2014_questions.json`. */
  readonly questions: string;
  /** For instance `v2_mscoco_val2014_annotations.json`. */
  readonly annotations: string;
}

export interface QuestionDataset {
  /** In the order of the annotations. */
  readonly questions: readonly VisualQuestion[];
  /** How many more have answers but no image in the folder. */
  readonly missing: number;
}

type Question = Pick<VisualQuestion, "image" | "question">;

/**
 * Reads questions in the form of VQA v2: a file with a list `questions` (`question_id`, `image_id`,
 * `question`) and one with a list `annotations` (`question_id`, `question_type`, `answer_type`,
 * `multiple_choice_answer`, and `answers` with `answer`).
 * @param folder where the images are; their names end with the number of the image, as COCO's
 * @returns the questions about images in the folder that have answers
 * @throws V2LError FILE_NOT_FOUND where a file, or every image, is missing; INVALID_ARGUMENT naming the entry
 */
export async function readVisualQuestions(
  files: VisualQuestionFiles,
  folder: ImageFolder,
): Promise<QuestionDataset> {
  const asked = await readQuestions(files.questions, folder);
  const found: VisualQuestion[] = [];
  let missing = 0;
  const counts = await readJsonLists(files.annotations, ["annotations"], (entry) => {
    const read = new EntryReader(files.annotations, entry);
    const id = read.id("question_id");
    const question = asked.get(id);
    if (question === undefined) return;
    if (question === null) {
      missing++;
      return;
    }
    found.push({
      ...question,
      answers: read.texts("answers", "answer"),
      answer: read.text("multiple_choice_answer"),
      answerKind: answerKind(read),
      questionKind: read.text("question_type"),
    });
  });
  if (found.length > 0) return { questions: found, missing };
  if (!counts.has("annotations")) throw listError(files.annotations, "annotations");
  if (missing > 0) throw folder.missing("of any question");
  const what = `answers to the questions of ${files.questions}`;
  throw new V2LError("INVALID_ARGUMENT", expected(what, files.annotations, "none"));
}

/** The questions by their numbers; null where the image is not in the folder. */
async function readQuestions(
  path: string,
  folder: ImageFolder,
): Promise<Map<number, Question | null>> {
  const questions = new Map<number, Question | null>();
  const counts = await readJsonLists(path, ["questions"], (entry) => {
    const read = new EntryReader(path, entry);
    const image = folder.numbered(read.id("image_id"));
    const question = read.text("question");
    questions.set(read.id("question_id"), image === null ? null : { image, question });
  });
  if (!counts.has("questions")) throw listError(path, "questions");
  return questions;
}

function answerKind(read: EntryReader): AnswerKind {
  const kind = read.text("answer_type");
  const known = ANSWER_KINDS.find((one) => one === kind);
  if (known !== undefined) return known;
  throw read.error(ANSWER_KINDS.join(", "), "answer_type", kind);
}
