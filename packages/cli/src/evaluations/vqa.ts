import {
  type FileQuestionEvaluation,
  type FileQuestionItem,
  fileQuestionSamplesTable,
  fileQuestionsTable,
  type QuestionEvaluation,
  type QuestionPart,
  questionSamplesTable,
  questionsTable,
  summarizeFileQuestions,
  summarizeQuestions,
  type WritingPart,
} from "@v2l/train";
import { percent } from "../output/format.js";
import { barChart } from "../report/bar-chart.js";
import type { Evaluation } from "./evaluation.js";
import { noteModel } from "./notes.js";

type Part = QuestionPart | WritingPart<FileQuestionItem>;
type Result = QuestionEvaluation | FileQuestionEvaluation;

/** About scenes of the demo world, or images of the disk. */
export const vqa: Evaluation<Part, Result, Result> = {
  title: "Answers",
  summarize: (parts) => {
    return isAboutScenes(parts) ? summarizeQuestions(parts) : summarizeFileQuestions(files(parts));
  },
  figures: (result) => result,
  resultOf: (figures) => {
    const { results, samples } = figures;
    if ("lists" in figures) return { results, lists: figures.lists, samples } as Result;
    return { results, reachable: figures.reachable, samples } as Result;
  },
  findings: async (subject, result) => {
    const world = "lists" in result;
    const table = world ? questionsTable(result) : fileQuestionsTable(result);
    const bars = result.results.map(({ system, overall }) => {
      return { name: system, value: overall.share, part: null };
    });
    const chart = barChart("right-answers", "Right answers to all questions", bars, "", percent);
    return {
      tables: [noteModel(table, subject)],
      charts: chart === null ? [] : [chart],
      pictures: [],
      cases: [world ? questionSamplesTable(result) : fileQuestionSamplesTable(result)],
    };
  },
};

function isAboutScenes(parts: readonly Part[]): parts is readonly QuestionPart[] {
  return parts.every((part) => "lists" in part);
}

function files(parts: readonly Part[]) {
  return parts as readonly WritingPart<FileQuestionItem>[];
}
