import { type CodebookMeasured, type CodebookResult, codebookTables, summarizeCodebook } from "v2l";
import { barChart } from "../report/bar-chart.js";
import type { Chart } from "../report/chart.js";
import { tokenHistogram } from "../report/histogram.js";
import type { Evaluation } from "./evaluation.js";
import { fileName } from "./file-name.js";

export const codebook: Evaluation<
  CodebookMeasured,
  CodebookResult,
  { readonly figures: CodebookResult }
> = {
  title: "Use of the codebooks",
  summarize: summarizeCodebook,
  figures: (figures) => ({ figures }),
  resultOf: ({ figures }) => figures,
  findings: async (_, result) => ({
    tables: codebookTables(result),
    charts: charts(result),
    pictures: [],
  }),
};

/** Of all images together, which come last. */
function charts({ sets }: CodebookResult): Chart[] {
  return sets.slice(-1).flatMap(({ set, counts, words }) => {
    const bars = words.most.map(({ word, count, right }) => ({
      name: word,
      value: count,
      part: right,
    }));
    const drawn = [
      tokenHistogram(fileName("local-tokens", set), `Local tokens, ${set}`, counts.local),
      tokenHistogram(fileName("global-tokens", set), `Global tokens, ${set}`, counts.global),
      barChart(
        fileName("global-words", set),
        `Global words most used, ${set}`,
        bars,
        "names something in the image",
      ),
    ];
    return drawn.filter((chart) => chart !== null);
  });
}
