import { tableMarkdown } from "v2l";
import type { Call } from "../command/command.js";
import type { Options } from "../command/option.js";
import { PAPER_TABLES, type PaperRow, type PaperTable } from "../presets/paper-tables.js";

export async function evaluatePaper({ output }: Call<Options>): Promise<void> {
  output.result({ paper: "arXiv 2403.07874", tables: PAPER_TABLES }, ...lines());
}

function lines(): string[] {
  return [
    ...PAPER_TABLES.flatMap((table) => [section(table), ""]),
    "`v2l pull paper` fetches CLIP and the language model, and tells where the rest is published.",
    "paper-bundle is the folder that `v2l import` makes of the official checkpoint.",
  ];
}

function section({ title, metrics, inputs, rows, notes }: PaperTable): string {
  return tableMarkdown({
    title,
    head: ["Row", "Command", "Published"],
    rows: rows.map((row) => [row.row, commandCell(row), publishedCell(row)]),
    notes: [`The paper gives: ${metrics}.`, ...inputs.map((input) => `Needs ${input}.`), ...notes],
  });
}

function commandCell({ command }: PaperRow): string {
  return command === null ? "none" : `\`${command}\``;
}

function publishedCell({ published }: PaperRow): string {
  if (published === null) return "not known here";
  return published.map(({ metric, value }) => `${metric} ${value}`).join(", ");
}
