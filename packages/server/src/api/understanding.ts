import type { OpenAPIHono } from "@hono/zod-openapi";
import {
  answer,
  type Completion,
  caption,
  chooseAnswer,
  classify,
  type Example,
  type Prompt,
  type ScoredChoice,
} from "v2l";
import type { Environment } from "../http/environment.js";
import { readImage, wordsOf } from "../images.js";
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
      const shown = await read(examples, service, signal, ({ label }) => ({ output: label }));
      const labels = [...new Set(examples.map(({ label }) => label))];
      const query = await wordsOf(await readImage(image, service), service);
      const task = { classes: classes ?? labels, examples: shown, query };
      const [scored] = await classify(llm, [task], { ...options, words, signal });
      return { scored: only(scored), query };
    }, signal);
    const { label, choices, prompt } = result.scored;
    return c.json({ label, choices: told(choices), ...reading(result.query, words, prompt) }, 200);
  });

  app.openapi(routes.caption, async (c) => {
    const { image, examples, words, ...options } = c.req.valid("json");
    const llm = requireModel(service);
    const signal = c.get("signal");
    const result = await engines.run(async () => {
      const shown = await read(examples, service, signal, (one) => ({ output: one.caption }));
      const query = await wordsOf(await readImage(image, service), service);
      const settings = { ...writing(options), words, signal };
      const [written] = await caption(llm, [{ examples: shown, query }], settings);
      return { written: only(written), query };
    }, signal);
    return c.json(writtenAnswer(result.written, result.query, words), 200);
  });

  app.openapi(routes.ask, async (c) => {
    const { image, question, answers, examples, words, ...options } = c.req.valid("json");
    const llm = requireModel(service);
    const signal = c.get("signal");
    const result = await engines.run(async () => {
      const shown = await read(examples, service, signal, (one) => {
        return { question: one.question, output: one.answer };
      });
      const query = await wordsOf(await readImage(image, service), service);
      const settings = { ...writing(options), words, signal };
      const task = { examples: shown, query, question };
      if (answers === undefined) {
        const [written] = await answer(llm, [task], settings);
        return { kind: "written" as const, ...writtenAnswer(only(written), query, words) };
      }
      const [chosen] = await chooseAnswer(llm, [{ ...task, answers }], settings);
      const { text, choices, prompt } = only(chosen);
      const kind = "chosen" as const;
      return { kind, text, choices: told(choices), ...reading(query, words, prompt) };
    }, signal);
    return c.json(result, 200);
  });
}

/** The words of example images, one after the other, with what is known of them. */
async function read<T extends { readonly image: string }>(
  examples: readonly T[],
  service: Service,
  signal: AbortSignal,
  known: (example: T) => Omit<Example, "words">,
): Promise<Example[]> {
  const shown: Example[] = [];
  for (const [i, example] of examples.entries()) {
    signal.throwIfAborted();
    const image = await readImage(example.image, service, `examples[${i}].image`);
    shown.push({ words: await wordsOf(image, service), ...known(example) });
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

function reading(words: readonly string[], count: number, { text, ids }: Prompt) {
  return { words: words.slice(0, count), prompt: { text, tokens: ids.length } };
}

function writtenAnswer(
  { text, end, logProb, prompt }: Completion,
  words: readonly string[],
  count: number,
) {
  return { text, end, logProb, ...reading(words, count, prompt) };
}

function told(choices: readonly ScoredChoice[]) {
  return choices.map(({ text, probability, logProb }) => ({ text, probability, logProb }));
}

/** The one result of a call with one task. */
function only<T>(result: T | undefined): T {
  return result as T;
}
