import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { readText } from "../files/read-text.js";
import type { Episode } from "./episodes.js";
import type { ImageExample } from "./image-examples.js";
import { invalid } from "./table.js";

export interface OfficialSplitOptions {
  /** Folder that the paths of the file are relative to. Default: they stay as they are. */
  readonly root?: string;
  /** Names of the classes by the folders of their images, see {@link readClassNames}. Default: the folder. */
  readonly names?: ReadonlyMap<string, string>;
}

/**
 * Reads one of the official few-shot splits, `fewshot_split/5_way_1_shot.csv`: each line is an episode,
 * a list of `n01440764/n01440764_10026.JPEG` with a comma behind each; all are support images in the order of
 * the prompt but the last, which is the query.
 * @throws V2LError FILE_NOT_FOUND; INVALID_ARGUMENT naming the line
 */
export async function readOfficialSplit(
  path: string,
  options: OfficialSplitOptions = {},
): Promise<Episode<ImageExample>[]> {
  const lines = (await readText(path)).split(/\r?\n/);
  const episodes = lines.flatMap((line, i) => {
    return line.trim() === "" ? [] : [readEpisode(line, path, i + 1, options)];
  });
  if (episodes.length > 0) return episodes;
  throw new V2LError("INVALID_ARGUMENT", expected("at least one episode", path, "none"));
}

/**
 * Reads class names from JSON: `{"n01440764": "tench"}`, or as ImageNet's index is passed around,
 * `{"0": ["n01440764", "tench"]}`.
 * @throws V2LError FILE_NOT_FOUND; INVALID_ARGUMENT
 */
export async function readClassNames(path: string): Promise<Map<string, string>> {
  const content = await readText(path);
  const names = new Map<string, string>();
  for (const [key, value] of Object.entries(parseObject(content, path))) {
    const [folder, name] = Array.isArray(value) ? value : [key, value];
    if (typeof folder !== "string" || typeof name !== "string") {
      const what = "a name, or a list of folder and name,";
      throw new V2LError("INVALID_ARGUMENT", expected(what, `${path}, ${key}`, value));
    }
    names.set(folder, name);
  }
  return names;
}

function readEpisode(
  line: string,
  path: string,
  number: number,
  { root, names }: OfficialSplitOptions,
): Episode<ImageExample> {
  const fields = line.split(",").map((field) => field.trim());
  if (fields.at(-1) === "") fields.pop();
  const examples = fields.map((field): ImageExample => {
    const [folder, file, ...more] = field.split("/");
    if (!folder || !file || more.length > 0) {
      throw invalid("paths like `class/image.JPEG`", path, number, JSON.stringify(field));
    }
    const output = names === undefined ? folder : names.get(folder);
    if (output === undefined) throw invalid("a folder with a name", path, number, folder);
    return { image: root === undefined ? field : join(root, field), output };
  });
  const support = examples.slice(0, -1);
  const classes = [...new Set(support.map(({ output }) => output))];
  const query = examples.at(-1) as ImageExample;
  if (!classes.includes(query.output)) {
    const what = "a query (the last image) of one of the other images' classes";
    throw invalid(what, path, number, query.output);
  }
  const shots = classes.map((name) => support.filter(({ output }) => output === name).length);
  if (new Set(shots).size > 1) {
    const received = classes.map((name, i) => `${name} ${shots[i]}`).join(", ");
    throw invalid("equally many images of each class", path, number, received);
  }
  return { classes, support, queries: [query] };
}

function parseObject(content: string, path: string): object {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === "object" && value !== null) return value;
  } catch (cause) {
    throw new V2LError("INVALID_ARGUMENT", expected("JSON", path, "other text"), { cause });
  }
  throw new V2LError("INVALID_ARGUMENT", expected("a JSON object", path, "something else"));
}
