import { ANSWER_KINDS, type Mean, tableMarkdown } from "v2l";
import { percent, withInterval } from "../language-report.js";
import type { FileCaptionEvaluation } from "./captions.js";
import type { FileQuestionEvaluation } from "./questions.js";

/** The figures of captions of a dataset as Markdown. */
export function fileCaptionsMarkdown({ results }: FileCaptionEvaluation): string {
  return tableMarkdown({
    head: ["Captions by", "Images", "CIDEr-D", "BLEU-4", "ROUGE-L"],
    rows: results.map((one) => [
      one.system,
      String(one.images),
      mean(one.cider),
      one.bleu4.toFixed(3),
      mean(one.rougeL),
    ]),
    notes: ["Left out: the share of objects that are named, which only the demo world knows."],
  });
}

/** The figures of answers to a dataset's questions as Markdown. */
export function fileQuestionsMarkdown({ results, reachable }: FileQuestionEvaluation): string {
  const [first] = results;
  const counts = ANSWER_KINDS.map((kind) => String(first?.kinds[kind].of ?? 0));
  return tableMarkdown({
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
  });
}

function mean({ mean: value, interval: { low, high } }: Mean): string {
  return `${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}
