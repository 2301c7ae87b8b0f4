import { extname } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { CsvError, parse } from "csv-parse/sync";
import { readText } from "../files/read-text.js";

/** One entry of a table, with the line it ends on. */
export interface Row {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The kinds of files that {@link readTable} reads. */
export const TABLE_EXTENSION = /\.(csv|jsonl)$/i;

/**
 * Reads a `.csv` file with a header line, or a `.jsonl` file with one JSON object on each line.
 * @throws V2LError FILE_NOT_FOUND; INVALID_ARGUMENT naming the line
 */
export async function readTable(path: string): Promise<Row[]> {
  const content = await readText(path);
  return extname(path).toLowerCase() === ".jsonl"
    ? jsonLines(content, path)
    : csvRows(content, path);
}

function jsonLines(content: string, path: string): Row[] {
  return content.split("\n").flatMap((text, i) => {
    if (text.trim() === "") return [];
    const fields = parseJson(text);
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      throw invalid("a JSON object", path, i + 1, "something else");
    }
    return [{ line: i + 1, fields: fields as Row["fields"] }];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function csvRows(content: string, path: string): Row[] {
  try {
    const rows = parse(content, {
      columns: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: Row["fields"]; info: { lines: number } }[];
    return rows.map(({ record, info }) => ({ line: info.lines, fields: record }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const message = expected("a CSV table with a header line", path, cause.message);
    throw new V2LError("INVALID_ARGUMENT", message, { cause });
  }
}

/** An error about a line of a file. */
export function invalid(what: string, path: string, line: number, received: unknown): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected(what, `${path}, line ${line}`, received));
}
