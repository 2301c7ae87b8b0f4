import { type FewShotPart, type FewShotRow, fewShotTable, summarizeFewShot } from "@v2l/train";
import type { Chart } from "../report/chart.js";
import { type ShotsSeries, shotsChart } from "../report/shots-chart.js";
import type { Evaluation } from "./evaluation.js";
import { fileName } from "./file-name.js";
import { noteModel } from "./notes.js";

interface Result {
  readonly rows: readonly FewShotRow[];
}

export const fewShot: Evaluation<readonly FewShotPart[], Result, Result> = {
  title: "Recognition from a few examples",
  summarize: (parts) => ({ rows: summarizeFewShot(parts) }),
  figures: (rows) => rows,
  resultOf: ({ rows }) => ({ rows }),
  findings: async (subject, { rows }) => ({
    tables: [noteModel(fewShotTable(rows), subject)],
    charts: charts(rows),
    pictures: [],
  }),
};

/** One for each set and number of classes that has several numbers of shots. */
function charts(rows: readonly FewShotRow[]): Chart[] {
  const nameOf = ({ set, ways }: FewShotRow) => `${set}, ${ways}-way`;
  return [...new Set(rows.map(nameOf))].flatMap((name) => {
    const group = rows.filter((row) => nameOf(row) === name);
    const [first] = group;
    if (first === undefined || group.length < 2) return [];
    const title = `Accuracy by shots, ${name}`;
    return [shotsChart(fileName("accuracy-by-shots", name), title, seriesOf(group), first.chance)];
  });
}

function seriesOf(rows: readonly FewShotRow[]): ShotsSeries[] {
  const [first] = rows;
  return (first?.systems ?? []).map(({ system }, i) => ({
    name: system,
    points: rows.map(({ shots, systems }) => {
      const { accuracy, interval } = systems[i] as FewShotRow["systems"][number];
      return { shots, accuracy, ...interval };
    }),
  }));
}
