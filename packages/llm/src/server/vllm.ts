import { expected, V2LError } from "@v2l/nn";
import { z } from "zod";
import type { Ids } from "../language-model.js";
import type { Choice, Run, ServedModel, ServerDialect } from "./dialect.js";
import type { HttpClient } from "./http-client.js";

/** Most ids of one request (vLLM's MAX_LOGPROB_TOKEN_IDS). */
const MAX_LOGPROB_IDS = 128;
/** Above this number of ids the whole vocabulary is asked for instead. */
const MAX_CHOSEN_IDS = 1024;

const id = z.int().nonnegative();
/** Minus infinity comes as -9999. */
const logProb = z
  .number()
  .max(1e-3)
  .transform((value) => (value <= -9999 ? -Infinity : value));
const completion = z.object({
  choices: z
    .array(
      z.object({
        token_ids: z.array(id).nullish(),
        logprobs: z
          .object({
            token_logprobs: z.array(logProb.nullable()),
            top_logprobs: z.array(z.record(z.string(), logProb).nullable()),
          })
          .nullish(),
        prompt_logprobs: z
          .array(z.record(z.string(), z.object({ logprob: logProb })).nullable())
          .nullish(),
      }),
    )
    .min(1),
});
type CompletionChoice = z.infer<typeof completion>["choices"][number];
const models = z.object({
  data: z.array(z.object({ id: z.string(), max_model_len: z.int().positive() })).min(1),
});
const tokens = z.object({ tokens: z.array(id) });
const prompt = z.object({ prompt: z.string() });

/**
 * Asks a vLLM server about a model, by default its first.
 * @throws V2LError SERVER_REFUSED where it has no such model.
 */
export async function vllmModel(
  http: HttpClient,
  name: string | undefined,
  signal: AbortSignal,
): Promise<ServedModel> {
  const { data } = await http.get("/v1/models", models, signal);
  const found = name === undefined ? data[0] : data.find((model) => model.id === name);
  if (found) return { id: found.id, positions: found.max_model_len, vocabularySize: null };
  const names = data.map((model) => model.id).join(", ");
  throw new V2LError("SERVER_REFUSED", expected(`one of ${names}`, "model", name));
}

/** The completions API of vLLM: OpenAI's, with its own parameters. */
export class VllmDialect implements ServerDialect {
  readonly #http: HttpClient;
  readonly #model: string;
  readonly #size: number;

  constructor(http: HttpClient, model: string, vocabularySize: number) {
    this.#http = http;
    this.#model = model;
    this.#size = vocabularySize;
  }

  async tokenize(text: string, signal: AbortSignal): Promise<number[]> {
    const body = { model: this.#model, prompt: text, add_special_tokens: false };
    return (await this.#http.post("/tokenize", body, tokens, signal)).tokens;
  }

  async detokenize(ids: Ids, signal: AbortSignal): Promise<string> {
    const body = { model: this.#model, tokens: ids };
    return (await this.#http.post("/detokenize", body, prompt, signal)).prompt;
  }

  async logProbs(prompt: Ids, ids: Ids, signal: AbortSignal): Promise<Float32Array> {
    const wanted = [...new Set(ids)];
    const found = new Map<number, number>();
    if (wanted.length > MAX_CHOSEN_IDS) {
      const remedy = "Start vLLM with --max-logprobs -1";
      await this.#readLogProbs({ prompt, logprobs: this.#size }, found, remedy, signal);
      this.#checkAllThere(wanted, found, remedy);
    } else {
      const remedy = "Use a version of vLLM whose /v1/completions has logprob_token_ids";
      for (let start = 0; start < wanted.length; start += MAX_LOGPROB_IDS) {
        const part = wanted.slice(start, start + MAX_LOGPROB_IDS);
        const body = { prompt, logprob_token_ids: part, logprobs: part.length };
        await this.#readLogProbs(body, found, remedy, signal);
        this.#checkAllThere(part, found, remedy);
      }
    }
    return Float32Array.from(ids, (id) => found.get(id) as number);
  }

  async score(prefix: Ids, continuation: Ids, signal: AbortSignal): Promise<Float32Array> {
    const whole = [...prefix, ...continuation];
    const body = { prompt: whole, max_tokens: 1, prompt_logprobs: 0 };
    const { prompt_logprobs: given } = await this.#complete(body, signal);
    if (given?.length !== whole.length) {
      throw this.#invalid(`prompt_logprobs of ${whole.length} tokens`, given?.length ?? "none");
    }
    return Float32Array.from(continuation, (id, i) => {
      const logProb = given[prefix.length + i]?.[id]?.logprob;
      if (logProb !== undefined) return logProb;
      throw this.#invalid(`prompt_logprobs of token ${id}`, "none");
    });
  }

  async extend(
    prompt: Ids,
    allowed: readonly (Ids | null)[],
    choice: Choice,
    signal: AbortSignal,
  ): Promise<Run> {
    const [ids] = allowed as readonly [Ids | null];
    const end = allowed.findIndex((each) => !sameIds(each, ids));
    const length = end < 0 ? allowed.length : end;
    const body = {
      prompt,
      max_tokens: length,
      logprobs: 0,
      stop_token_ids: choice.stop,
      ...sampler(choice),
      ...(ids && { allowed_token_ids: ids }),
    };
    const { token_ids: generated, logprobs } = await this.#complete(body, signal);
    const given = logprobs?.token_logprobs ?? [];
    if (!generated?.length || generated.length > length || given.length !== generated.length) {
      const counts = `${generated?.length ?? 0} and ${given.length}`;
      throw this.#invalid(`1 to ${length} token_ids with token_logprobs`, counts);
    }
    const wrong = generated.find((id) => (ids ? !ids.includes(id) : id >= this.#size));
    if (wrong !== undefined) throw this.#invalid("only allowed token_ids", wrong);
    return { tokens: generated, logProbs: given.map((each) => each ?? -Infinity) };
  }

  /** Adds the log-probabilities that a request gives for the next token. */
  async #readLogProbs(
    body: object,
    found: Map<number, number>,
    remedy: string,
    signal: AbortSignal,
  ): Promise<void> {
    let choice: CompletionChoice;
    try {
      choice = await this.#complete({ ...body, max_tokens: 1 }, signal);
    } catch (error) {
      const isLimit = error instanceof V2LError && /logprob/.test(error.message);
      if (isLimit && error.code === "SERVER_REFUSED")
        throw unsupported(error.message, remedy, error);
      throw error;
    }
    for (const [token, logProb] of Object.entries(choice.logprobs?.top_logprobs[0] ?? {})) {
      const id = /^token_id:(\d+)$/.exec(token)?.[1];
      if (id !== undefined) found.set(Number(id), logProb);
    }
  }

  #checkAllThere(wanted: Ids, found: ReadonlyMap<number, number>, remedy: string): void {
    const missing = wanted.find((id) => !found.has(id));
    if (missing !== undefined) throw unsupported(`none for token ${missing}`, remedy);
  }

  async #complete(body: object, signal: AbortSignal): Promise<CompletionChoice> {
    const whole = { ...NEUTRAL, model: this.#model, ...body };
    const answer = await this.#http.post("/v1/completions", whole, completion, signal);
    return answer.choices[0] as CompletionChoice;
  }

  #invalid(what: string, received: unknown): V2LError {
    return this.#http.invalid("/v1/completions", what, received);
  }
}

/** Switches off what a model's generation_config.json may switch on. */
const NEUTRAL = {
  temperature: 0,
  top_p: 1,
  top_k: -1,
  min_p: 0,
  repetition_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  ignore_eos: true,
  skip_special_tokens: false,
  return_token_ids: true,
  return_tokens_as_token_ids: true,
  stream: false,
};

function sampler({ sampling, random }: Choice): object {
  if (!sampling || sampling.temperature === 0) return {};
  return { temperature: sampling.temperature, top_p: sampling.topP, seed: random.bits() };
}

function sameIds(a: Ids | null | undefined, b: Ids | null): boolean {
  if (a === b) return true;
  return !!a && !!b && a.length === b.length && a.every((id, i) => id === b[i]);
}

function unsupported(received: string, remedy: string, cause?: unknown): V2LError {
  return new V2LError(
    "UNSUPPORTED",
    expected("log-probabilities of the tokens asked for", "/v1/completions", received, remedy),
    { cause },
  );
}
