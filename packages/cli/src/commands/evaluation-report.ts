import { defineCommand } from "../command/command.js";
import { type Options, requiredText, textOr } from "../command/option.js";

const options = {
  out: requiredText("folder for report.html and table.md", "folder"),
  title: textOr("above the report", "text", "Evaluations"),
} satisfies Options;
export type EvaluationReportOptions = typeof options;

export const report = defineCommand({
  name: "report",
  summary: "Put results of several evaluations into one report.",
  details:
    "One page that needs nothing else: for each result the command that made it, its tables, plots and " +
    "pictures, configuration, versions and hashes; above them what each was made with, and whether all " +
    "are of the same bundle and language model. Measures nothing.",
  argument: {
    name: "result",
    describe: "what an evaluation printed with --json, or a folder with reports that --out wrote",
    required: true,
    many: true,
  },
  options,
  examples: [
    ["v2l eval report results --out results/all", "every report below a folder"],
    ["v2l eval report demo.json caption.json --out report", "what --json printed"],
  ],
  run: async (call) => (await import("../actions/evaluation-report.js")).reportEvaluations(call),
});
