import { basename } from "node:path";
import { ANSWER_KINDS, type Mean, type Table } from "v2l";
import { percent, withInterval } from "../language-report.js";
import type { FileCaptionEvaluation } from "./captions.js";
import type { FileQuestionEvaluation } from "./questions.js";

/** The figures of captions of a dataset. */
export function fileCaptionsTable({ results }: FileCaptionEvaluation): Table {
  return {
    head: ["Captions by", "Images", "CIDEr-D", "BLEU-4", "ROUGE-L"],
    rows: results.map((one) => [
      one.system,
      String(one.images),
      mean(one.cider),
      one.bleu4.toFixed(3),
      mean(one.rougeL),
    ]),
    notes: ["Left out: the share of objects that are named, which only the demo world knows."],
  };
}

/** What the language model wrote about a few images. */
export function fileCaptionSamplesTable({ samples }: FileCaptionEvaluation): Table {
  return {
    title: "Some captions of the language model",
    head: ["Image", "Words read", "Caption", "A true caption"],
    rows: samples.map(({ image, words, caption, references }) => {
      return [basename(image), words.join(", "), caption, references[0] ?? ""];
    }),
  };
}

/** The figures of answers to a dataset's questions. */
export function fileQuestionsTable({ results, reachable }: FileQuestionEvaluation): Table {
  const [first] = results;
  const counts = ANSWER_KINDS.map((kind) => String(first?.kinds[kind].of ?? 0));
  return {
    head: ["Answers by", ...ANSWER_KINDS, "All questions"],
    rows: [
      ...results.map(({ system, kinds, overall }) => [
        system,
        ...ANSWER_KINDS.map((kind) => percent(kinds[kind].share)),
        withInterval(overall),
      ]),
      ["questions", ...counts, String(first?.overall.of ?? 0)],
      ["the best answer of the list", ...ANSWER_KINDS.map(() => ""), percent(reachable)],
    ],
  };
}

/** What the language model answered to a few questions. */
export function fileQuestionSamplesTable({ samples }: FileQuestionEvaluation): Table {
  return {
    title: "Some answers of the language model",
    head: ["Image", "Words read", "Question", "Answer", "Answers of people"],
    rows: samples.map(({ image, words, question, given, answers }) => {
      const different = [...new Set(answers)].join(", ");
      return [basename(image), words.join(", "), question, given, different];
    }),
  };
}

function mean({ mean: value, interval: { low, high } }: Mean): string {
  return `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}
