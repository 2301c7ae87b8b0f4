import { openEmbedded } from "@v2l/llm";
import { type ClassificationTask, classify } from "v2l";
import { OnePrompt } from "./one-prompt.js";

export type ContenderName = "together" | "one-task" | "one-prompt";

/** What is said of one query. */
export interface Answer {
  /** Of the task's classes, in their order. */
  readonly probabilities: readonly number[];
  /** Tokens of the prompt, without a class name. */
  readonly promptTokens: number;
}

/** A way to recognise the queries of many episodes, on a model of its own: nothing is shared by accident. */
export interface Contender {
  readonly name: ContenderName;
  run(tasks: readonly ClassificationTask[]): Promise<Answer[]>;
  close(): Promise<void>;
}

/** @param path of a GGUF file */
export async function openContenders(path: string, threads: number): Promise<Contender[]> {
  const onePrompt = await OnePrompt.open(path, threads);
  return [
    await ours(path, threads, "together"),
    await ours(path, threads, "one-task"),
    {
      name: "one-prompt",
      run: oneByOne(async (task) => [await onePrompt.classify(task)]),
      close: () => onePrompt.dispose(),
    },
  ];
}

async function ours(
  path: string,
  threads: number,
  name: "together" | "one-task",
): Promise<Contender> {
  const model = await openEmbedded(path, { gpu: false, threads });
  const run = async (tasks: readonly ClassificationTask[]): Promise<Answer[]> => {
    const results = await classify(model, tasks);
    return results.map(({ choices, prompt }) => ({
      probabilities: choices.map(({ probability }) => probability),
      promptTokens: prompt.ids.length,
    }));
  };
  const close = () => model.close();
  if (name === "together") return { name, run, close };
  return { name, run: oneByOne((task) => run([task])), close };
}

function oneByOne(answer: (task: ClassificationTask) => Promise<Answer[]>): Contender["run"] {
  return async (tasks) => {
    const answers: Answer[] = [];
    for (const task of tasks) answers.push(...(await answer(task)));
    return answers;
  };
}
