import { join } from "node:path";
import {
  atomicWriteFile,
  type EvaluationSubject,
  parseShard,
  partialResult,
  type Shard,
  WHOLE,
} from "v2l";
import type { Call } from "../command/command.js";
import { UsageError } from "../command/errors.js";
import type { Output } from "../output/output.js";
import { tablesMarkdown, writeReport } from "../report/report.js";
import { evaluationNamed } from "./index.js";

/** Options of every evaluation that can be divided. */
export interface DividedOptions {
  /** None of an evaluation that cannot be divided. */
  readonly shard?: string | undefined;
  readonly out: string | undefined;
}

/**
 * Which part of the evaluation is asked for.
 * @throws UsageError where it is a part and there is no folder for its file; V2LError for a wrong text
 */
export function askedShard({ shard, out }: DividedOptions): Shard {
  if (shard === undefined) return WHOLE;
  if (out !== undefined) return parseShard(shard);
  throw new UsageError(
    "Expected a folder for `--out` but received none. --shard writes a file there",
  );
}

/**
 * Says what an evaluation has measured: writes a shard's file, or prints the result and writes its report.
 * @param described what was measured, with what; the command is added
 */
export async function conclude(
  { options, output, line }: Pick<Call, "output" | "line"> & { readonly options: DividedOptions },
  described: EvaluationSubject,
  part: unknown,
): Promise<void> {
  const { shard: text, out } = options;
  const subject = { ...described, command: line };
  if (text === undefined || out === undefined) {
    return concludeWhole(output, out, subject, [part]);
  }
  const shard = parseShard(text);
  const path = join(out, `${subject.evaluation}-${shard.index}-of-${shard.count}.json`);
  await atomicWriteFile(path, `${JSON.stringify(partialResult(subject, shard, part))}\n`);
  output.result({ partial: path, shard, subject }, `wrote ${path}`);
}

/** @param parts of all shards, in their order; one of the whole */
export async function concludeWhole(
  output: Output,
  out: string | undefined,
  subject: EvaluationSubject,
  parts: readonly unknown[],
): Promise<void> {
  const evaluation = evaluationNamed(subject.evaluation);
  const result = evaluation.summarize(parts);
  const value = { ...subject, ...evaluation.figures(result) };
  const findings = await evaluation.findings(subject, result, parts);
  if (out !== undefined) {
    await writeReport(out, evaluation.title, subject, value, findings);
    output.note(`wrote ${join(out, "report.html")}`);
  }
  output.result(value, tablesMarkdown(findings.tables));
}
