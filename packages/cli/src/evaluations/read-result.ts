import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { demoResults, type SetResult } from "@v2l/train";
import type { EvaluationSubject } from "v2l";
import type { Findings, PngPicture } from "../report/report.js";
import { evaluationNamed } from "./index.js";

/** A result of an evaluation as a file has it, and what it has to show. */
export interface StoredResult {
  readonly file: string;
  /** Of the file, in hex. */
  readonly sha256: string;
  readonly title: string;
  /** What was measured, with what. */
  readonly subject: EvaluationSubject;
  readonly findings: Omit<Findings, "pictures">;
  readonly pictures: readonly PngPicture[];
}

/** The file with the result in a report's folder. */
const RESULT = "result.json";

/**
 * The files with results that paths name: files, and all reports below folders.
 * @throws V2LError FILE_NOT_FOUND where a path is missing or has no report below it
 */
export async function resultFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => null);
    const found = info?.isDirectory() ? await reportsBelow(path) : [path];
    if (info === null || found.length === 0) {
      const what = "a result of `v2l eval`, or a folder with reports";
      const received = info === null ? "nothing readable" : `a folder without ${RESULT}`;
      throw new V2LError("FILE_NOT_FOUND", expected(what, path, received));
    }
    files.push(...found);
  }
  return [...new Set(files)];
}

async function reportsBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => basename(name) === RESULT)
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Reads what `--json` printed, or a report has.
 * @throws V2LError INVALID_ARGUMENT where it is no result of an evaluation
 */
export async function readResult(file: string): Promise<StoredResult> {
  const bytes = await readFile(file);
  const value = resultIn(bytes.toString("utf8"), file);
  const evaluation = evaluationNamed(value.evaluation);
  try {
    const result = evaluation.resultOf(value);
    const figures = new Set(Object.keys(evaluation.figures(result)));
    const described = Object.entries(value).filter(([name]) => !figures.has(name));
    const subject = Object.fromEntries(described) as unknown as EvaluationSubject;
    const findings = await evaluation.findings(subject, result, []);
    const drawn = new Set(findings.charts.map(({ name }) => name));
    const pictures = basename(file) === RESULT ? await picturesBeside(file, drawn) : [];
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return { file, sha256, title: evaluation.title, subject, findings, pictures };
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw noResult(file, `figures of ${value.evaluation} that lack something`, cause);
  }
}

function resultIn(text: string, file: string): EvaluationSubject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw noResult(file, "no JSON", cause);
  }
  // What the first versions of `v2l eval demo` printed.
  if (Array.isArray(value)) {
    return { evaluation: "demo", sets: demoResults(value as SetResult[]) };
  }
  const { evaluation } = (value ?? {}) as { evaluation?: unknown };
  if (typeof evaluation === "string") return value as EvaluationSubject;
  throw noResult(file, "JSON without `evaluation`");
}

function noResult(file: string, received: string, cause?: unknown): V2LError {
  const remedy = "Name what `v2l eval ... --json` printed, or the folder of --out";
  const message = expected("a result of an evaluation", file, received, remedy);
  return new V2LError("INVALID_ARGUMENT", message, { cause });
}

/** The pictures of a report that are no charts: those are drawn anew. */
async function picturesBeside(file: string, charts: ReadonlySet<string>): Promise<PngPicture[]> {
  const folder = dirname(file);
  const names = (await readdir(folder)).filter((name) => extname(name) === ".png").sort();
  const others = names.map((name) => basename(name, ".png")).filter((name) => !charts.has(name));
  return Promise.all(
    others.map(async (name) => {
      const png = await readFile(join(folder, `${name}.png`));
      return { name, title: titleOf(name), png };
    }),
  );
}

/** `Strips one object` of `strips-one-object`. */
function titleOf(name: string): string {
  const words = name.replaceAll("-", " ");
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
