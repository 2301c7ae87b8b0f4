import {
  type EvaluationSubject,
  type ReconstructionPart,
  type ReconstructionResult,
  reconstructionSamples,
  reconstructionTables,
  summarizeReconstruction,
} from "v2l";
import { tokenHistogram } from "../report/histogram.js";
import type { Findings, ReportPicture } from "../report/report.js";
import { sampleSheet } from "../report/sample-sheet.js";
import type { Evaluation } from "./evaluation.js";
import { fileName } from "./file-name.js";

export const reconstruction: Evaluation<
  readonly ReconstructionPart[],
  ReconstructionResult,
  { readonly figures: ReconstructionResult }
> = {
  title: "Reconstruction",
  summarize: summarizeReconstruction,
  figures: (figures) => ({ figures }),
  resultOf: ({ figures }) => figures,
  findings: async (subject, result, parts) => ({
    tables: reconstructionTables(result, notesOf(subject)),
    charts: result.sets.flatMap(({ set, localCounts }) => {
      const title = `Tokens of the local codebook, ${set}`;
      return tokenHistogram(fileName("local-tokens", set), title, localCounts) ?? [];
    }),
    pictures: await strips(parts),
  }),
};

async function strips(
  parts: readonly (readonly ReconstructionPart[])[],
): Promise<Findings["pictures"]> {
  const pictures: ReportPicture[] = [];
  for (const { set, samples } of reconstructionSamples(parts)) {
    const image = await sampleSheet(samples);
    pictures.push({
      name: fileName("strips", set),
      title: `Original and reconstruction, ${set}`,
      image,
    });
  }
  return pictures;
}

/** What is left out, and where it is published. */
function notesOf({ leftOut }: EvaluationSubject): string[] {
  return Array.isArray(leftOut) ? leftOut.map((sentence) => `- ${sentence}`) : [];
}
