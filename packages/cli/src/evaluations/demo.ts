import { demoTable, type SetResult } from "@v2l/train";
import type { Evaluation } from "./evaluation.js";

interface Result {
  readonly sets: readonly SetResult[];
}

/** Has one part, as it is not divided. */
export const demo: Evaluation<Result, Result, Result> = {
  title: "Words and pictures of held-out scenes",
  summarize: ([whole]) => whole as Result,
  figures: (result) => result,
  resultOf: ({ sets }) => ({ sets }),
  findings: async (_, { sets }) => ({ tables: [demoTable(sets)], charts: [], pictures: [] }),
};
