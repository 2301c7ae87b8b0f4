import { expected, V2LError } from "@v2l/nn";
import { z } from "zod";
import { chooseToken } from "../choose-token.js";
import { type Ids, type LanguageModelVocabulary, TOKEN_KINDS } from "../language-model.js";
import type { Choice, Run, ServedModel, ServerDialect } from "./dialect.js";
import { generate } from "./generate.js";
import type { HttpClient } from "./http-client.js";
import { fitsGrammar, tokenGrammar } from "./token-grammar.js";

/** Likeliest tokens asked for at first; if others are wanted, all are. */
const FIRST_PROBS = 256;
/** Most ids of one position in a grammar, whose cost is their number times the vocabulary's. */
const MAX_GRAMMAR_IDS = 256;
/** Tokens per request: those after a stop token are generated in vain. */
const MAX_RUN = 16;
/** Added to the logit of a token that must be sampled. */
const CERTAIN = 1000;

const id = z.int().nonnegative();
/** A probability that float32 cannot hold comes as the lowest float32. */
const logProb = z
  .number()
  .max(1e-3)
  .transform((value) => (value < -1e30 ? -Infinity : value));
const completion = z.object({
  tokens: z.array(id),
  completion_probabilities: z
    .array(
      z.object({
        id,
        logprob: logProb,
        top_logprobs: z.array(z.object({ id, logprob: logProb })),
      }),
    )
    .default([]),
});
const models = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        meta: z.object({ n_vocab: z.int().positive(), n_ctx: z.int().positive().optional() }),
      }),
    )
    .min(1),
});
const props = z.object({
  default_generation_settings: z.object({ n_ctx: z.int().positive() }),
});
const tokens = z.object({ tokens: z.array(id) });
const content = z.object({ content: z.string() });

/** Asks a llama-server about its model. */
export async function llamaCppModel(http: HttpClient, signal: AbortSignal): Promise<ServedModel> {
  const [model] = (await http.get("/v1/models", models, signal)).data;
  const { id, meta } = model as z.infer<typeof models>["data"][number];
  const positions =
    meta.n_ctx ?? (await http.get("/props", props, signal)).default_generation_settings.n_ctx;
  return { id, positions, vocabularySize: meta.n_vocab };
}

/** The API of llama.cpp's `llama-server`. */
export class LlamaCppDialect implements ServerDialect {
  readonly #http: HttpClient;
  readonly #size: number;
  /** Ids that a grammar can allow. */
  readonly #fits: ReadonlySet<number>;
  /** A token that is whole text and ends nothing. */
  readonly #plainId: number;

  /** @throws V2LError VOCABULARY_MISMATCH where no entry is plain text. */
  constructor(http: HttpClient, { pieces, kinds }: LanguageModelVocabulary) {
    this.#http = http;
    this.#size = pieces.length;
    this.#fits = new Set(
      [...pieces.keys()].filter(
        (id) => kinds[id] === TOKEN_KINDS.normal && fitsGrammar(pieces[id] as string),
      ),
    );
    const [plainId] = this.#fits;
    if (plainId === undefined) {
      throw new V2LError(
        "VOCABULARY_MISMATCH",
        expected("an entry of ASCII characters", "vocabulary", "none"),
      );
    }
    this.#plainId = plainId;
  }

  async tokenize(text: string, signal: AbortSignal): Promise<number[]> {
    const body = { content: text, add_special: false, parse_special: false };
    return (await this.#http.post("/tokenize", body, tokens, signal)).tokens;
  }

  async detokenize(ids: Ids, signal: AbortSignal): Promise<string> {
    return (await this.#http.post("/detokenize", { tokens: ids }, content, signal)).content;
  }

  async logProbs(prompt: Ids, ids: Ids, signal: AbortSignal): Promise<Float32Array> {
    if (ids.length <= FIRST_PROBS) {
      const likeliest = await this.#likeliest(prompt, FIRST_PROBS, signal);
      if (ids.every((id) => likeliest.has(id))) {
        return Float32Array.from(ids, (id) => likeliest.get(id) as number);
      }
    }
    const all = await this.#likeliest(prompt, this.#size, signal);
    return Float32Array.from(ids, (id) => {
      const logProb = all.get(id);
      if (logProb !== undefined) return logProb;
      throw this.#invalid(`log-probabilities of ${this.#size} tokens`, `${all.size} of them`);
    });
  }

  /** Scoring is generation that has no choice. */
  async score(prefix: Ids, continuation: Ids, signal: AbortSignal): Promise<Float32Array> {
    const item = { prompt: prefix, allowed: continuation.map((id) => [id]) };
    return (await generate(this, item, signal)).logProbs;
  }

  async extend(
    prompt: Ids,
    allowed: readonly (Ids | null)[],
    choice: Choice,
    signal: AbortSignal,
  ): Promise<Run> {
    const [first] = allowed as readonly [Ids | null];
    const length = this.#runLength(allowed, choice);
    if (first !== null && length === 0) return this.#choose(prompt, first, choice, signal);
    const sets = allowed.slice(0, length);
    const answer = await this.#complete(
      {
        prompt,
        n_predict: length,
        n_probs: 1,
        ...samplers(choice),
        ...(first !== null && { grammar: tokenGrammar(sets as readonly Ids[]) }),
      },
      signal,
    );
    const wrong = answer.tokens.findIndex((token, i) => sets[i] && !sets[i].includes(token));
    const right = answer.tokens.slice(0, wrong < 0 ? length : wrong);
    if (right.length > 0) {
      return { tokens: right, logProbs: await this.#logProbsOf(prompt, answer, right, signal) };
    }
    if (first === null) throw this.#invalid("at least one token", "none");
    return this.#choose(prompt, first, choice, signal);
  }

  /** How many of the next positions one request can fill as asked; 0: none. */
  #runLength(allowed: readonly (Ids | null)[], { sampling }: Choice): number {
    const most = Math.min(allowed.length, MAX_RUN);
    const isGreedy = !sampling || sampling.temperature === 0;
    const fits = (ids: Ids | null) => {
      if (allowed[0] === null) return ids === null;
      // The server cuts the nucleus before the grammar, so it cannot sample from a restricted one.
      if (ids === null || !isGreedy || ids.length > MAX_GRAMMAR_IDS) return false;
      return ids.every((id) => this.#fits.has(id));
    };
    const end = allowed.slice(0, most).findIndex((ids) => !fits(ids));
    return end < 0 ? most : end;
  }

  /** Chooses one token here, from its log-probabilities. */
  async #choose(prompt: Ids, ids: Ids, choice: Choice, signal: AbortSignal): Promise<Run> {
    const logProbs = await this.logProbs(prompt, ids, signal);
    const chosen = chooseToken(logProbs, choice.sampling, choice.random);
    return { tokens: [ids[chosen] as number], logProbs: [logProbs[chosen] as number] };
  }

  /** The server leaves out tokens that are no whole characters; their log-probabilities are asked for. */
  async #logProbsOf(
    prompt: Ids,
    answer: z.infer<typeof completion>,
    generated: Ids,
    signal: AbortSignal,
  ): Promise<number[]> {
    const given = answer.completion_probabilities;
    if (given.length === answer.tokens.length) {
      return generated.map((_, i) => (given[i] as (typeof given)[number]).logprob);
    }
    const asked = generated.map((token, i) =>
      this.logProbs([...prompt, ...generated.slice(0, i)], [token], signal),
    );
    return (await Promise.all(asked)).map((each) => each[0] as number);
  }

  /** Log-probabilities of the `count` likeliest tokens after a prompt. */
  async #likeliest(prompt: Ids, count: number, signal: AbortSignal): Promise<Map<number, number>> {
    const body = {
      prompt,
      n_predict: 1,
      n_probs: Math.min(count, this.#size),
      // Probabilities come without the bias. They do not come at all where the token is no whole text.
      logit_bias: [[this.#plainId, CERTAIN]],
      samplers: ["top_k"],
      top_k: 1,
    };
    const [next] = (await this.#complete(body, signal)).completion_probabilities;
    if (!next) throw this.#invalid("completion_probabilities", "none");
    return new Map(next.top_logprobs.map(({ id, logprob }) => [id, logprob]));
  }

  async #complete(body: object, signal: AbortSignal): Promise<z.infer<typeof completion>> {
    const common = { cache_prompt: true, return_tokens: true, stream: false };
    const answer = await this.#http.post("/completion", { ...common, ...body }, completion, signal);
    const outside = answer.tokens.find((token) => token >= this.#size);
    if (outside !== undefined) throw this.#invalid(`ids below ${this.#size}`, outside);
    return answer;
  }

  #invalid(what: string, received: unknown): V2LError {
    return this.#http.invalid("/completion", what, received);
  }
}

/** Only the samplers named here act; the server's own defaults do not. */
function samplers({ sampling, random }: Choice): object {
  if (!sampling || sampling.temperature === 0) return { samplers: ["top_k"], top_k: 1 };
  return {
    samplers: ["temperature", "top_p"],
    temperature: sampling.temperature,
    top_p: sampling.topP,
    // The largest 32-bit seed means a random one.
    seed: random.integer(2 ** 32 - 1),
  };
}
