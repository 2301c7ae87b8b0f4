import { createReadStream } from "node:fs";
import { JSONParser } from "@streamparser/json";
import { expected, V2LError } from "@v2l/nn";

/** An entry of one of the lists of a JSON file. */
export interface ListEntry {
  /** The field that holds the list. */
  readonly list: string;
  /** Its place in the list, from 0. */
  readonly index: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

const CHUNK = 2 ** 20;

/**
 * Reads lists of objects that are fields of a JSON file's top object, such as `images` and `annotations` of
 * COCO's. The file is read as a stream and only one entry is in memory at a time: hundreds of megabytes
 * are no trouble. Its other fields are passed over.
 * @param lists the fields that are read
 * @param onEntry gets the entries in the order of the file
 * @returns how many entries each list has that has any
 * @throws V2LError FILE_NOT_FOUND; INVALID_ARGUMENT for text that is no JSON or is cut off; what `onEntry` throws
 */
export async function readJsonLists(
  path: string,
  lists: readonly string[],
  onEntry: (entry: ListEntry) => void,
): Promise<ReadonlyMap<string, number>> {
  const paths = lists.map((list) => `$.${list}.*`);
  const parser = new JSONParser({ paths, keepStack: false });
  const counts = new Map<string, number>();
  let failure: Error | null = null;
  parser.onError = (error) => {
    failure ??= error;
  };
  parser.onValue = ({ value, stack }) => {
    const list = String(stack.at(-1)?.key);
    const index = counts.get(list) ?? 0;
    counts.set(list, index + 1);
    if (failure !== null) return;
    try {
      onEntry({ list, index, fields: fieldsOf(value, `${path}, ${list}[${index}]`) });
    } catch (error) {
      failure = error as Error;
    }
  };
  for await (const chunk of chunks(path)) {
    parser.write(chunk);
    if (failure !== null) throw asV2LError(failure, path);
  }
  if (!parser.isEnded) throw noJson(path, "text that is cut off");
  return counts;
}

/** An error about a list that a file must have. */
export function listError(path: string, list: string): V2LError {
  const what = `a list \`${list}\` that is not empty`;
  return new V2LError("INVALID_ARGUMENT", expected(what, path, "none"));
}

async function* chunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const received = code === "ENOENT" ? "nothing there" : code;
    throw new V2LError("FILE_NOT_FOUND", expected("a readable file", path, received), { cause });
  }
}

function fieldsOf(value: unknown, name: string): ListEntry["fields"] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as ListEntry["fields"];
  }
  throw new V2LError("INVALID_ARGUMENT", expected("an object", name, value));
}

function asV2LError(error: Error, path: string): V2LError {
  return error instanceof V2LError ? error : noJson(path, error.message, error);
}

function noJson(path: string, received: string, cause?: Error): V2LError {
  return new V2LError("INVALID_ARGUMENT", expected("JSON", path, received), { cause });
}

/** Errors about an entry of a list. */
export class EntryReader {
  constructor(
    private readonly path: string,
    private readonly entry: ListEntry,
  ) {}

  text(name: string): string {
    const value = this.entry.fields[name];
    if (typeof value === "string") return value;
    throw this.error("a text", name, value);
  }

  /** A text where there is one, else `fallback`. */
  textOr(name: string, fallback: string): string {
    return this.entry.fields[name] === undefined ? fallback : this.text(name);
  }

  /** The number of an image or a question: a whole number of at least 0. */
  id(name: string): number {
    const value = this.entry.fields[name];
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw this.error("a whole number", name, value);
  }

  /** The texts of a field of each object of a list, which must not be empty. */
  texts(name: string, field: string): string[] {
    const value = this.entry.fields[name];
    if (!Array.isArray(value) || value.length === 0) {
      throw this.error("a list that is not empty", name, value);
    }
    return value.map((one, i) => {
      const text: unknown = (one as Record<string, unknown> | null)?.[field];
      if (typeof text === "string") return text;
      throw this.error("a text", `${name}[${i}].${field}`, text);
    });
  }

  error(what: string, field: string, received: unknown): V2LError {
    const { list, index } = this.entry;
    const name = `${this.path}, ${list}[${index}].${field}`;
    return new V2LError("INVALID_ARGUMENT", expected(what, name, received ?? "none"));
  }
}
