import { readFile } from "node:fs/promises";
import { expected, V2LError } from "@v2l/nn";
import { UsageError } from "../command/errors.js";

type Fields = { [field: string]: unknown };

/**
 * The fields of a recipe: those of a JSON file, changed by `field=value` words. Values are JSON where
 * they parse as such, else text; dots lead into objects.
 * @throws V2LError FILE_NOT_FOUND, INVALID_ARGUMENT; UsageError for a word without `=`
 */
export async function recipeFields(
  file: string | undefined,
  changes: readonly string[],
): Promise<Fields> {
  const fields = file === undefined ? {} : await readFields(file);
  return changes.reduce(change, fields);
}

function change(fields: Fields, word: string): Fields {
  const at = word.indexOf("=");
  if (at < 1) throw new UsageError(`Expected field=value for \`--set\` but received ${word}`);
  return assign(fields, word.slice(0, at).split("."), parseValue(word.slice(at + 1)));
}

/** A copy with the value at the path. */
function assign(fields: Fields, path: readonly string[], value: unknown): Fields {
  const [first = "", ...rest] = path;
  if (rest.length === 0) return { ...fields, [first]: value };
  const inner = fields[first];
  return { ...fields, [first]: assign(isFields(inner) ? inner : {}, rest, value) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readFields(file: string): Promise<Fields> {
  const content = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const message = expected("a readable file", "--config", `${file} (${cause.code})`);
    throw new V2LError("FILE_NOT_FOUND", message, { cause });
  });
  const fields = parseValue(content);
  if (isFields(fields)) return fields;
  throw new V2LError("INVALID_ARGUMENT", expected("a JSON object", file, "something else"));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
