import {
  type RestorationEntry,
  type RestorationEvaluation,
  restorationTable,
  summarizeRestoration,
} from "@v2l/train";
import type { Evaluation } from "./evaluation.js";
import { unchangedModel } from "./notes.js";

type Result = Pick<RestorationEvaluation, "rows" | "leads">;

export const restoration: Evaluation<readonly RestorationEntry[], Result> = {
  title: "Restoration",
  summarize: (parts) => summarizeRestoration(parts.flat()),
  figures: (result) => result,
  findings: async (subject, result) => {
    const { notes = [], ...table } = restorationTable(result);
    return {
      tables: [{ ...table, notes: [...notes, ...unchangedModel(subject)] }],
      charts: [],
      pictures: [],
    };
  },
};
