import {
  type RestorationEntry,
  type RestorationEvaluation,
  restorationTable,
  summarizeRestoration,
} from "@v2l/train";
import type { Evaluation } from "./evaluation.js";
import { noteModel } from "./notes.js";

type Result = Pick<RestorationEvaluation, "rows" | "leads">;

export const restoration: Evaluation<readonly RestorationEntry[], Result, Result> = {
  title: "Restoration",
  summarize: (parts) => summarizeRestoration(parts.flat()),
  figures: (result) => result,
  resultOf: ({ rows, leads }) => ({ rows, leads }),
  findings: async (subject, result) => ({
    tables: [noteModel(restorationTable(result), subject)],
    charts: [],
    pictures: [],
  }),
};
