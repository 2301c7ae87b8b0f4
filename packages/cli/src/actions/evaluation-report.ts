import { join } from "node:path";
import type { Call } from "../command/command.js";
import type { EvaluationReportOptions } from "../commands/evaluation-report.js";
import { readResult, resultFiles, type StoredResult } from "../evaluations/read-result.js";
import { count } from "../output/format.js";
import { writeCombinedReport } from "../report/combined.js";

export async function reportEvaluations(call: Call<EvaluationReportOptions>): Promise<void> {
  const { args, options, output } = call;
  const { out, title } = options;
  const results: StoredResult[] = [];
  for (const file of await resultFiles(args)) results.push(await readResult(file));
  await writeCombinedReport(out, title, results);
  const report = join(out, "report.html");
  const told = results.map(({ file, sha256, subject: { evaluation, command } }) => {
    return { evaluation, command: command ?? null, file, sha256 };
  });
  output.result({ report, results: told }, `wrote ${report}: ${count(results.length, "result")}`);
}
