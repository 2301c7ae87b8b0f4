import { type Observation, observationsTable } from "@v2l/train";
import type { Evaluation } from "./evaluation.js";
import { noteModel } from "./notes.js";

interface Result {
  readonly observations: readonly Observation[];
}

/** Has one part, as it is not divided. */
export const observations: Evaluation<Result, Result, Result> = {
  title: "The paper's observations",
  summarize: ([whole]) => whole as Result,
  figures: (result) => result,
  resultOf: ({ observations: found }) => ({ observations: found }),
  findings: async (subject, { observations: found }) => ({
    tables: [noteModel(observationsTable(found), subject)],
    charts: [],
    pictures: [],
  }),
};
