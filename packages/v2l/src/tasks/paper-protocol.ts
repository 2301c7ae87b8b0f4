import type { CallOptions, Ids, LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { ClassificationTask } from "./classify.js";
import { type Prompt, type PromptOptions, shownWords } from "./prompt.js";

/** Tokens that the official code generates for a class name. */
export const PAPER_STEPS = 16;

/** The prompt of the official few-shot evaluation. */
export interface PaperPrompt extends Prompt {
  /**
   * For each of the 16 positions the ids that may be generated, ascending: the union over the classes'
   * tokens at that position, end of text included. Empty behind the longest class.
   */
  readonly mask: readonly Ids[];
}

/** What the official decoding made of a task. */
export interface PaperClassification {
  /** The longest class that {@link isPaperCorrect} accepts; null where it accepts none. */
  readonly label: string | null;
  /** What was generated. */
  readonly text: string;
  readonly tokens: Ids;
  readonly prompt: PaperPrompt;
}

/**
 * Builds the few-shot prompt of the official code, id for id: every fragment is tokenized by itself, so
 * that each has its own leading blank; words are glued together; the instruction opens a bracket for
 * each class.
 * @throws V2LError UNSUPPORTED where the model has no bos or eos; INVALID_ARGUMENT for a class of more
 *   than 15 tokens.
 */
export async function paperPrompt(
  llm: LanguageModel,
  task: ClassificationTask,
  { instruction = true, repeats = 0, ...shown }: PromptOptions = {},
): Promise<PaperPrompt> {
  const classes = [...new Set(task.classes)].sort();
  const { bos, eos } = markers(llm);
  const input = (all: readonly string[]) => inputFragments(shownWords(all, shown));
  const examples = task.examples.flatMap((example) => [...input(example.words), example.output]);
  const fragments = [
    ...(instruction ? [instructionText(classes)] : []),
    ...Array.from({ length: repeats + 1 }, () => examples).flat(),
    ...input(task.query),
  ];
  const ids = await Promise.all(fragments.map((fragment) => llm.tokenize(fragment)));
  const names = await Promise.all(classes.map((name) => llm.tokenize(name)));
  return {
    text: fragments.join(""),
    ids: [bos, ...ids.flat()],
    mask: maskOf(
      names.map((name) => [...name, eos]),
      classes,
    ),
  };
}

/** The official rule: a generated text that begins with the name of the right class is correct. */
export function isPaperCorrect(text: string, target: string): boolean {
  return text.startsWith(target);
}

/**
 * Recognition as the official evaluation does it: greedy tokens within the mask, without an instruction
 * within the whole vocabulary; nothing ends it early.
 */
export async function classifyLikePaper(
  llm: LanguageModel,
  tasks: readonly ClassificationTask[],
  options: PromptOptions & CallOptions,
): Promise<PaperClassification[]> {
  const { instruction = true } = options;
  const prompts = await Promise.all(tasks.map((task) => paperPrompt(llm, task, options)));
  const items = prompts.map(({ ids, mask }) => ({
    prompt: ids,
    // Behind the longest class the official code appends id 0, which no class begins with or contains.
    allowed: instruction ? mask.filter((allowed) => allowed.length > 0) : mask.map(() => null),
  }));
  const generated = await llm.generate(items, options);
  return Promise.all(
    generated.map(async ({ tokens }, i) => {
      const text = await llm.detokenize(tokens);
      const { classes } = tasks[i] as ClassificationTask;
      const [label = null] = classes
        .filter((name) => isPaperCorrect(text, name))
        .sort((a, b) => b.length - a.length);
      return { label, text, tokens, prompt: prompts[i] as PaperPrompt };
    }),
  );
}

function instructionText(classes: readonly string[]): string {
  const names = classes.map((name) => `['${name}'`).join(" or ");
  return `For each of the following input output pairs, output is one of ${names}]\n`;
}

function inputFragments(words: readonly string[]): string[] {
  return ["###\nInput: < ", words.join(""), " >\nOutput: "];
}

function maskOf(names: readonly Ids[], classes: readonly string[]): Ids[] {
  const long = names.findIndex((ids) => ids.length > PAPER_STEPS);
  if (long >= 0) {
    const message = expected(
      `names of at most ${PAPER_STEPS - 1} tokens`,
      "classes",
      classes[long],
    );
    throw new V2LError("INVALID_ARGUMENT", `${message}. Use the likelihood protocol`);
  }
  return Array.from({ length: PAPER_STEPS }, (_, position) => {
    const ids = names.flatMap((name) => name.slice(position, position + 1));
    return [...new Set(ids)].sort((a, b) => a - b);
  });
}

function markers({ info }: LanguageModel): { bos: number; eos: number } {
  const { bos, eos } = info;
  if (bos !== null && eos !== null) return { bos, eos };
  throw new V2LError(
    "UNSUPPORTED",
    expected("a model with bos and eos", "llm", info.id, "Use the likelihood protocol"),
  );
}
