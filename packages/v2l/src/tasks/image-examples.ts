import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { IMAGE_EXTENSION } from "../image/load.js";
import type { V2L } from "../v2l/v2l.js";
import type { Example } from "./prompt.js";
import { type ImageReading, type ReadOptions, readImages } from "./read-images.js";
import { invalid, type Row, readTable, TABLE_EXTENSION } from "./table.js";

/** An image with the output that is right for it, before it becomes words. */
export interface ImageExample {
  /** Path of the image. */
  readonly image: string;
  readonly question?: string;
  /** A class, a caption or an answer. */
  readonly output: string;
}

/** What the examples are for: which fields of a table are read. */
export type ExampleKind = "label" | "caption" | "answer";

/** Names of the column with the path of the image. */
const IMAGE_FIELDS = ["image", "file", "filename"];

/**
 * Reads examples from disk. `path` is one of:
 *
 * - a table, `.csv` with a header line or `.jsonl`: a column `image` (or `file`, `filename`) with paths
 *   relative to the table, and `label`, `caption`, or `question` and `answer`. A line of a `.jsonl` file may
 *   have a list `questions` of such pairs instead, as `v2l world render` writes them;
 * - a folder with one such table;
 * - for labels, a folder with one folder of images for each class, named after it.
 *
 * @throws V2LError FILE_NOT_FOUND; INVALID_ARGUMENT naming the line or the folder
 */
export async function readImageExamples(path: string, kind: ExampleKind): Promise<ImageExample[]> {
  const table = await findTable(path);
  const examples =
    table === null
      ? await readClassFolders(path, kind)
      : (await readTable(table)).flatMap((row) => rowExamples(row, kind, table));
  if (examples.length > 0) return examples;
  throw new V2LError("INVALID_ARGUMENT", expected("at least one example", path, "none"));
}

/**
 * Turns the images of examples into words, each image once.
 * @returns the examples in their order, each with all global words of its image
 * @throws V2LError what {@link V2L.describe} throws
 */
export async function describeExamples<T extends ImageExample>(
  v2l: V2L,
  examples: readonly T[],
  options?: ReadOptions,
): Promise<(T & Example)[]> {
  const images = [...new Set(examples.map(({ image }) => image))];
  const read = await readImages(v2l, images, options);
  const readingOf = new Map(images.map((image, i) => [image, read[i] as ImageReading]));
  return examples.map((example) => ({
    ...example,
    ...(readingOf.get(example.image) as ImageReading),
  }));
}

/** The table that `path` is or holds; null for a folder without. */
async function findTable(path: string): Promise<string | null> {
  const info = await stat(path).catch((cause: unknown) => {
    const message = expected("an existing file or folder", "examples", path);
    throw new V2LError("FILE_NOT_FOUND", message, { cause });
  });
  if (!info.isDirectory()) return path;
  const tables = (await readdir(path)).filter((name) => TABLE_EXTENSION.test(name));
  if (tables.length > 1) {
    const received = `${path} with ${tables.sort().join(", ")}`;
    const remedy = "Name the one to read";
    const message = expected("a folder with one table", "examples", received, remedy);
    throw new V2LError("INVALID_ARGUMENT", message);
  }
  return tables[0] === undefined ? null : join(path, tables[0]);
}

async function readClassFolders(path: string, kind: ExampleKind): Promise<ImageExample[]> {
  if (kind !== "label") {
    const what = `a folder with a .csv or .jsonl table of images and ${kind}s`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "examples", path));
  }
  const entries = await readdir(path, { withFileTypes: true });
  const classes = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const examples: ImageExample[] = [];
  for (const output of classes.sort()) {
    const names = (await readdir(join(path, output))).filter((name) => IMAGE_EXTENSION.test(name));
    const images = names.sort().map((name) => join(path, output, name));
    examples.push(...images.map((image) => ({ image, output })));
  }
  return examples;
}

function rowExamples(row: Row, kind: ExampleKind, table: string): ImageExample[] {
  const field = IMAGE_FIELDS.find((name) => row.fields[name] !== undefined);
  if (field === undefined) throw invalid("a field `image`", table, row.line, "none");
  const image = resolve(dirname(table), textField(row, field, table));
  if (kind !== "answer") return [{ image, output: textField(row, kind, table) }];
  const pairs = row.fields.questions;
  const rows = Array.isArray(pairs)
    ? pairs.map((fields) => ({ ...row, fields: fields ?? {} }))
    : [row];
  return rows.map((one) => ({
    image,
    question: textField(one, "question", table),
    output: textField(one, "answer", table),
  }));
}

function textField({ line, fields }: Row, name: string, table: string): string {
  const value = fields[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw invalid(`a text as \`${name}\``, table, line, value === undefined ? "none" : value);
}
