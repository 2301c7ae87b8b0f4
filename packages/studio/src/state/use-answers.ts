import type { AskResponse, CaptionResponse } from "@v2l/server";
import { useState } from "preact/hooks";
import type { ApiClient } from "../api/client.js";
import type { Source } from "../pictures/source.js";
import { useTask } from "./use-task.js";

/** What the language model said of a picture. */
export interface Answer {
  readonly id: number;
  readonly picture: Source;
  /** null: it was asked for a caption. */
  readonly question: string | null;
  readonly response: AskResponse | CaptionResponse;
}

export interface Answers {
  /** The newest first. */
  readonly list: readonly Answer[];
  readonly running: boolean;
  readonly error: string | null;
  /**
   * @param choices answers to choose from; none: the model writes its own
   * @param shown pictures whose questions and answers are examples
   */
  ask(
    picture: Source,
    question: string,
    choices: readonly string[],
    shown: readonly Source[],
  ): Promise<void>;
  caption(picture: Source, shown: readonly Source[]): Promise<void>;
}

export function useAnswers(api: ApiClient): Answers {
  const [list, setList] = useState<readonly Answer[]>([]);
  const { running, error, run } = useTask();
  const add = (answer: Omit<Answer, "id">) =>
    setList((all) => [{ ...answer, id: all.length }, ...all]);
  return {
    list,
    running,
    error,
    ask: (picture, question, choices, shown) =>
      run(async (signal) => {
        const examples = questionExamples(shown, question);
        const answers = choices.length > 0 && { answers: [...choices] };
        const request = { image: picture.input, question, examples, ...answers };
        add({ picture, question, response: await api.ask(request, signal) });
      }),
    caption: (picture, shown) =>
      run(async (signal) => {
        const examples = shown.flatMap(({ input, scene }) => {
          return scene ? [{ image: input, caption: scene.caption }] : [];
        });
        const response = await api.caption({ image: picture.input, examples }, signal);
        add({ picture, question: null, response });
      }),
  };
}

/** Of every scene the question that has most words in common with the one asked. */
function questionExamples(shown: readonly Source[], question: string) {
  const asked = wordsOf(question);
  const common = (other: string) => [...wordsOf(other)].filter((word) => asked.has(word)).length;
  return shown.flatMap(({ input, scene }) => {
    const [best] = (scene?.questions ?? []).toSorted(
      (a, b) => common(b.question) - common(a.question),
    );
    return best ? [{ image: input, ...best }] : [];
  });
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/\p{L}+/gu) ?? []);
}
