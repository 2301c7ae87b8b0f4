import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { machine } from "./report.js";

/** A measurement of v2l beside itself, with a report of its own. */
export interface Case {
  readonly name: string;
  run(options: CaseOptions): Promise<CaseResult>;
}

export interface CaseOptions {
  /** A small run that shows that everything works; its times mean nothing. */
  readonly tiny: boolean;
  /** Entries of `codebook-embed`. */
  readonly entries: number;
  /** An empty folder for whatever is needed on the way. */
  readonly folder: string;
}

export interface CaseResult {
  /** Every number. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** What is to be read, without title and machine. */
  readonly markdown: readonly string[];
  readonly title: string;
  /** Lines for the terminal. */
  readonly summary: readonly string[];
  readonly agrees: boolean;
}

/** Writes `bench-NAME.json` with every number, and `bench-NAME.md` to read. */
export async function writeCase(
  folder: string,
  { name }: Case,
  { figures, markdown, title }: CaseResult,
  command: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const date = new Date().toISOString();
  const report = { date, machine: machine(), command, ...figures };
  await writeFile(join(folder, `bench-${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  const written = `Written by \`${command}\` on ${date.slice(0, 10)}: ${machine()}.`;
  await writeFile(
    join(folder, `bench-${name}.md`),
    [`# ${title}`, "", written, "", ...markdown, ""].join("\n"),
  );
}
