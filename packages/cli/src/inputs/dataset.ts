import {
  type CaptionedFile,
  ImageFolder,
  readCaptions,
  readVisualQuestions,
  type VisualQuestion,
} from "v2l";
import { UsageError } from "../command/errors.js";
import { longFlag, type Values } from "../command/option.js";
import type { EvaluateLanguageOptions, EvaluateVqaOptions } from "../commands/evaluate.js";
import { count } from "../output/format.js";
import type { Output } from "../output/output.js";

/** What is evaluated, and what examples come from: null for the same files. */
export interface DatasetFiles<T> {
  readonly entries: readonly T[];
  readonly others: readonly T[] | null;
}

type CaptionFiles = Pick<
  Values<EvaluateLanguageOptions>,
  "data" | "annotations" | "poolData" | "poolAnnotations"
>;

/**
 * Reads the captions that the options name; null where they name none: the demo world.
 * @throws UsageError where one option is given without another that it needs
 */
export async function captionFiles(
  options: CaptionFiles,
  output: Output,
): Promise<DatasetFiles<CaptionedFile> | null> {
  const { data, annotations, poolData, poolAnnotations } = options;
  if (!together({ data, annotations })) {
    refuse({ poolData, poolAnnotations }, "data");
    return null;
  }
  const read = async (folder: string, file: string) => {
    const { images, missing } = await readCaptions(file, await ImageFolder.open(folder));
    noteMissing(output, missing, "image", folder);
    return images;
  };
  const known = { data: data as string, annotations: annotations as string };
  const entries = await read(known.data, known.annotations);
  if (poolData === undefined && poolAnnotations === undefined) return { entries, others: null };
  const { data: folder, annotations: file } = known;
  return { entries, others: await read(poolData ?? folder, poolAnnotations ?? file) };
}

type QuestionFiles = CaptionFiles & Pick<Values<EvaluateVqaOptions>, "questions" | "poolQuestions">;

/** The same for questions with their answers. */
export async function questionFiles(
  options: QuestionFiles,
  output: Output,
): Promise<DatasetFiles<VisualQuestion> | null> {
  const { data, annotations, questions, poolData, poolAnnotations, poolQuestions } = options;
  if (!together({ data, questions, annotations })) {
    refuse({ poolData, poolAnnotations, poolQuestions }, "data");
    return null;
  }
  const read = async (folder: string, files: { questions: string; annotations: string }) => {
    const found = await readVisualQuestions(files, await ImageFolder.open(folder));
    noteMissing(output, found.missing, "question", folder);
    return found.questions;
  };
  const known = { questions: questions as string, annotations: annotations as string };
  const entries = await read(data as string, known);
  if (!together({ poolQuestions, poolAnnotations })) {
    refuse({ poolData }, "poolQuestions");
    return { entries, others: null };
  }
  const files = { questions: poolQuestions as string, annotations: poolAnnotations as string };
  return { entries, others: await read(poolData ?? (data as string), files) };
}

type Given = Readonly<Record<string, unknown>>;

/** Whether all options are given. @throws UsageError where some are and some are not */
function together(options: Given): boolean {
  const names = Object.keys(options).map(flagOf);
  const missing = Object.keys(options).filter((name) => options[name] === undefined);
  if (missing.length === 0) return true;
  if (missing.length === names.length) return false;
  const without = missing.map(flagOf).join(" and ");
  throw new UsageError(`Expected ${names.join(" and ")} together but received none for ${without}`);
}

/** @throws UsageError where an option is given without the one that it adds to */
export function refuse(options: Given, needed: string): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`Expected ${flagOf(needed)} beside ${flagOf(given)} but received none`);
}

function flagOf(name: string): string {
  return `\`${longFlag(name)}\``;
}

function noteMissing(output: Output, missing: number, noun: string, folder: string): void {
  if (missing > 0)
    output.note(`${count(missing, noun)} of the annotations have no image in ${folder}`);
}

/** The options that are given. */
export function givenOf(options: Given): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
