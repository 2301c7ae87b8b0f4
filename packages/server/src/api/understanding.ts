import type { OpenAPIHono } from "@hono/zod-openapi";
import {
  answer,
  type Completion,
  caption,
  chooseAnswer,
  classify,
  type Example,
  type ImageReading,
  type Prompt,
  type ScoredChoice,
} from "v2l";
import type { Environment } from "../http/environment.js";
import { readImage, readingOf } from "../images.js";
import { requireModel, type Service } from "../service.js";
import * as routes from "./routes.js";

/** Routes on which the language model reads images. */
export function addUnderstanding(app: OpenAPIHono<Environment>, service: Service): void {
  const { engines } = service;

  app.openapi(routes.classify, async (c) => {
    const { image, classes, examples, words, ...options } = c.req.valid("json");
    const llm = requireModel(service);
    const signal = c.get("signal");
    const result = await engines.run(async () => {
      const shown = await read(examples, service, signal, 0, ({ label }) => ({ output: label }));
      const labels = [...new Set(examples.map(({ label }) => label))];
      const seen = await readingOf(await readImage(image, service), service);
      const task = { classes: classes ?? labels, examples: shown, query: seen.words };
      const [scored] = await classify(llm, [task], { ...options, words, signal });
      return { scored: only(scored), seen };
    }, signal);
    const { label, choices, prompt } = result.scored;
    return c.json({ label, choices: told(choices), ...reading(result.seen, words, prompt) }, 200);
  });

  app.openapi(routes.caption, async (c) => {
    const { image, examples, words, places, ...options } = c.req.valid("json");
    const llm = requireModel(service);
    const signal = c.get("signal");
    const result = await engines.run(async () => {
      const shown = await read(examples, service, signal, places, (one) => ({
        output: one.caption,
      }));
      const seen = await readingOf(await readImage(image, service), service, places);
      const settings = { ...writing(options), words, signal };
      const task = { examples: shown, query: seen.words, places: seen.places };
      const [written] = await caption(llm, [task], settings);
      return { written: only(written), seen };
    }, signal);
    return c.json(writtenAnswer(result.written, result.seen, words), 200);
  });

  app.openapi(routes.ask, async (c) => {
    const { image, question, answers, examples, words, places, ...options } = c.req.valid("json");
    const llm = requireModel(service);
    const signal = c.get("signal");
    const result = await engines.run(async () => {
      const shown = await read(examples, service, signal, places, (one) => {
        return { question: one.question, output: one.answer };
      });
      const seen = await readingOf(await readImage(image, service), service, places);
      const settings = { ...writing(options), words, signal };
      const task = { examples: shown, query: seen.words, places: seen.places, question };
      if (answers === undefined) {
        const [written] = await answer(llm, [task], settings);
        return { kind: "written" as const, ...writtenAnswer(only(written), seen, words) };
      }
      const [chosen] = await chooseAnswer(llm, [{ ...task, answers }], settings);
      const { text, choices, prompt } = only(chosen);
      const kind = "chosen" as const;
      return { kind, text, choices: told(choices), ...reading(seen, words, prompt) };
    }, signal);
    return c.json(result, 200);
  });
}

/** The words of example images, one after the other, with what is known of them. */
async function read<T extends { readonly image: string }>(
  examples: readonly T[],
  service: Service,
  signal: AbortSignal,
  places: number,
  known: (example: T) => Omit<Example, "words" | "places">,
): Promise<Example[]> {
  const shown: Example[] = [];
  for (const [i, example] of examples.entries()) {
    signal.throwIfAborted();
    const image = await readImage(example.image, service, `examples[${i}].image`);
    shown.push({ ...(await readingOf(image, service, places)), ...known(example) });
  }
  return shown;
}

interface Writing {
  readonly instruction: boolean;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
}

function writing({ instruction, maxTokens, temperature, topP, seed }: Writing) {
  return { instruction, maxTokens, sampling: { temperature, topP, seed } };
}

function reading({ words, places }: ImageReading, count: number, { text, ids }: Prompt) {
  return {
    words: words.slice(0, count),
    places: [...places],
    prompt: { text, tokens: ids.length },
  };
}

function writtenAnswer(
  { text, end, logProb, prompt }: Completion,
  seen: ImageReading,
  count: number,
) {
  return { text, end, logProb, ...reading(seen, count, prompt) };
}

function told(choices: readonly ScoredChoice[]) {
  return choices.map(({ text, probability, logProb }) => ({ text, probability, logProb }));
}

/** The one result of a call with one task. */
function only<T>(result: T | undefined): T {
  return result as T;
}
