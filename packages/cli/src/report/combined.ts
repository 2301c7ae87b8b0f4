import { join } from "node:path";
import { atomicWriteFile, type EvaluationSubject, type Table, tableMarkdown } from "v2l";
import type { StoredResult } from "../evaluations/read-result.js";
import { reportPage } from "./page.js";
import { tablesMarkdown } from "./report.js";

/** Digits of a hash in the table of all results; the whole ones stand below each of them. */
const DIGITS = 12;

/** Writes `table.md` and `report.html` of several results into a folder. The page needs nothing else. */
export async function writeCombinedReport(
  folder: string,
  title: string,
  results: readonly StoredResult[],
): Promise<void> {
  const overview = overviewTable(results);
  await atomicWriteFile(join(folder, "table.md"), markdown(title, overview, results));
  const sections = results.map(({ file, sha256, title: name, subject, findings, pictures }) => {
    const described = { ...subject, result: { file, sha256 } };
    return { title: name, subject: described, cases: [], ...findings, pictures };
  });
  const first = { tables: [overview], charts: [], pictures: [], cases: [] };
  await atomicWriteFile(join(folder, "report.html"), reportPage(title, [first, ...sections]));
}

/** What each result was made with. */
function overviewTable(results: readonly StoredResult[]): Table {
  const rows = results.map(({ file, sha256, title, subject }) => {
    const { v2l, bundle, llm } = madeWith(subject);
    return [title, subject.command ?? "not recorded", v2l, bundle, llm, `${file} ${short(sha256)}`];
  });
  return {
    head: ["Evaluation", "Command", "v2l", "Bundle", "Language model", "Result"],
    rows,
    notes: [
      `Numbers behind names are the first ${DIGITS} digits of SHA-256.`,
      ...differing("bundle", results),
      ...differing("language model", results),
    ],
  };
}

/** Names and hashes, as far as they are told. */
function madeWith({ versions, bundle, llm }: EvaluationSubject) {
  const { v2l = "" } = (versions ?? {}) as { v2l?: string };
  const { name = "", manifestSha256 = "" } = (bundle ?? {}) as Record<string, string>;
  const { id = "", sha256 } = (llm ?? {}) as { id?: string; sha256?: string | null };
  const of = (what: string, hash: string) => `${what} ${short(hash)}`.trim();
  return { v2l, bundle: of(name, manifestSha256), llm: of(id, sha256 ?? "") };
}

function short(hash: string): string {
  return hash.slice(0, DIGITS);
}

/** A sentence where not all results are of the same thing. */
function differing(what: "bundle" | "language model", results: readonly StoredResult[]): string[] {
  const name = what === "bundle" ? "bundle" : "llm";
  const different = new Set(results.map(({ subject }) => madeWith(subject)[name]));
  different.delete("");
  return different.size > 1 ? [`Not all results are of the same ${what}.`] : [];
}

function markdown(title: string, overview: Table, results: readonly StoredResult[]): string {
  const sections = results.map(({ title: name, subject, findings }) => {
    const command = subject.command === undefined ? [] : [`\`${subject.command}\``];
    return [`## ${name}`, ...command, tablesMarkdown(findings.tables)].join("\n\n");
  });
  return `${[`# ${title}`, tableMarkdown(overview), ...sections].join("\n\n")}\n`;
}
