import { type Share, tableMarkdown } from "v2l";
import { QUESTION_KINDS } from "../world/index.js";
import type { CaptionEvaluation } from "./captions.js";
import { BOTH_SETS, LANGUAGE_SETS } from "./language-scenes.js";
import type { QuestionEvaluation } from "./questions.js";

/** The figures of captions as Markdown. */
export function captionsMarkdown({ results }: CaptionEvaluation): string {
  const rows = LANGUAGE_SETS.flatMap((set) =>
    results
      .filter((result) => result.set === set)
      .map((one) => [
        set,
        one.system,
        withInterval(one.named),
        percent(one.namedByKeyword.share),
        percent(one.absent),
        one.cider.toFixed(3),
        one.bleu4.toFixed(3),
        one.rougeL.toFixed(3),
      ]),
  );
  const head = [
    "Held-out scenes",
    "Captions by",
    "Objects named by noun",
    "or by keyword",
    "Nouns that are not there",
    "CIDEr",
    "BLEU-4",
    "ROUGE-L",
  ];
  return tableMarkdown({ head, rows });
}

/** The figures of answers as Markdown. */
export function questionsMarkdown({ results, lists }: QuestionEvaluation): string {
  const [one = "", two = ""] = LANGUAGE_SETS;
  const rows = results.map((result) => [
    result.system,
    ...QUESTION_KINDS.map((kind) => percent(result.kinds[kind].share)),
    withInterval(result.overall),
    percent(result.meanOfKinds),
    ...[one, two].map((set) => percent(result.sets[set]?.share ?? 0)),
  ]);
  const counts = QUESTION_KINDS.map((kind) => String(results[0]?.kinds[kind].of ?? 0));
  const both = String(results[0]?.sets[BOTH_SETS]?.of ?? 0);
  const reach = QUESTION_KINDS.map((kind) => {
    const { answers, reachable } = lists[kind];
    return `${answers}, ${percent(reachable)}`;
  });
  return tableMarkdown({
    head: ["Answers by", ...QUESTION_KINDS, "All questions", "Mean of the five", one, two],
    rows: [
      ...rows,
      ["questions", ...counts, both, "", "", ""],
      ["answers in the list, share of questions within", ...reach, "", "", "", ""],
    ],
  });
}

/** `12.3% (10.0%-15.0%)`. */
export function withInterval({ share, interval }: Share): string {
  return `${percent(share)} (${percent(interval.low)}-${percent(interval.high)})`;
}

/** `12.3%` of 0.123. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}
