import type { Share, Table } from "v2l";
import { QUESTION_KINDS } from "../world/index.js";
import type { CaptionEvaluation } from "./captions.js";
import { BOTH_SETS, LANGUAGE_SETS } from "./language-scenes.js";
import type { QuestionEvaluation } from "./questions.js";

/** The figures of captions. */
export function captionsTable({ results }: CaptionEvaluation): Table {
  const rows = LANGUAGE_SETS.flatMap((set) =>
    results
      .filter((result) => result.set === set)
      .map((one) => [
        set,
        one.system,
        withInterval(one.named),
        withInterval(one.namedByKeyword),
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
  return { head, rows };
}

/** What the language model wrote about a few scenes. */
export function captionSamplesTable({ samples }: CaptionEvaluation): Table {
  return {
    title: "Some captions of the language model",
    head: ["Held-out scenes", "Words read", "Caption", "A true caption"],
    rows: samples.map(({ set, words, caption, reference }) => {
      return [set, words.join(", "), caption, reference];
    }),
  };
}

/** The figures of answers. */
export function questionsTable({ results, lists }: QuestionEvaluation): Table {
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
  return {
    head: ["Answers by", ...QUESTION_KINDS, "All questions", "Mean of the five", one, two],
    rows: [
      ...rows,
      ["questions", ...counts, both, "", "", ""],
      ["answers in the list, share of questions within", ...reach, "", "", "", ""],
    ],
  };
}

/** What the language model answered to a few questions. */
export function questionSamplesTable({ samples }: QuestionEvaluation): Table {
  return {
    title: "Some answers of the language model",
    head: ["Words read", "Question", "Answer", "The right answer"],
    rows: samples.map(({ words, question, given, answer }) => {
      return [words.join(", "), question, given, answer];
    }),
  };
}

/** `12.3% (10.0%-15.0%)`. */
export function withInterval({ share, interval }: Share): string {
  return `${percent(share)} (${percent(interval.low)}-${percent(interval.high)})`;
}

/** `12.3%` of 0.123. */
export function percent(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}
