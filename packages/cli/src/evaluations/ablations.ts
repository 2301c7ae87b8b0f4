import { type ArmResult, ablationTable, type Observation, observationsTable } from "@v2l/train";
import { barChart } from "../report/bar-chart.js";
import type { Chart } from "../report/chart.js";
import { shotsChart } from "../report/shots-chart.js";
import type { Evaluation } from "./evaluation.js";
import { fileName } from "./file-name.js";
import { noteModel } from "./notes.js";

/** What an ablation has found. */
export interface AblationPart {
  readonly arms: readonly ArmResult[];
  readonly observations: readonly Observation[];
}

/** It is not divided: there is one part. */
export const ablations: Evaluation<AblationPart, AblationPart, AblationPart> = {
  title: "What the parts are good for",
  summarize: ([part]) => part as AblationPart,
  figures: (found) => found,
  resultOf: ({ arms, observations }) => ({ arms, observations }),
  findings: async (subject, { arms, observations }) => {
    const tables = [ablationTable(arms), noteModel(observationsTable(observations), subject)];
    return {
      tables: observations.length > 0 ? tables : tables.slice(0, 1),
      charts: [...armChart(arms), ...observationCharts(observations)],
      pictures: [],
    };
  },
};

function armChart(arms: readonly ArmResult[]): Chart[] {
  const bars = arms.map(({ arm, psnr }) => {
    return { name: arm, value: Number(psnr.mean.toFixed(2)), part: null };
  });
  const chart = barChart("tokenizers", "PSNR (Y) of held-out scenes, dB", bars, "");
  return chart === null ? [] : [chart];
}

/** Accuracy by words and by shots, a chart for each set; the ways to ask are named `5 words`, `3 shots`. */
function observationCharts(observations: readonly Observation[]): Chart[] {
  const sets = [...new Set(observations.map(({ set }) => set))];
  return sets.flatMap((set) => {
    const ways = observations
      .filter((one) => one.set === set)
      .flatMap(({ first, second }) => [first, second]);
    return (["shot", "word"] as const).map((unit) => {
      const named = new RegExp(`^(\\d+) ${unit}s?$`);
      const points = new Map(
        ways.flatMap(({ system, accuracy, interval }) => {
          const count = Number(named.exec(system)?.[1] ?? Number.NaN);
          return Number.isNaN(count)
            ? []
            : [[count, { shots: count, accuracy, ...interval }] as const];
        }),
      );
      const series = [
        { name: "language model", points: [...points.values()].sort((a, b) => a.shots - b.shots) },
      ];
      const title = `Accuracy by ${unit}s, ${set}, 5-way`;
      return shotsChart(fileName(`accuracy-by-${unit}s`, set), title, series, 1 / 5, `${unit}s`);
    });
  });
}
