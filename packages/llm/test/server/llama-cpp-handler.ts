import { type Ids, type LanguageModel, TOKEN_KINDS } from "../../src/index.js";
import { choose, distribution, likeliest, seeded } from "./next-token.js";
import { type DialectHandler, HttpError, type TestRequest } from "./test-server.js";

const LOWEST_FLOAT32 = -3.4028234663852886e38;

/** The parts of llama-server's API that the adapter uses, with its peculiarities. */
export class LlamaCppHandler implements DialectHandler {
  constructor(private readonly model: LanguageModel) {}

  async answer({ path, body }: TestRequest): Promise<object> {
    const { id, vocabularySize, contextSize } = this.model.info;
    switch (path) {
      case "/v1/models": {
        const meta = { n_vocab: vocabularySize, n_ctx_train: 4096 };
        return { object: "list", data: [{ id, object: "model", owned_by: "llamacpp", meta }] };
      }
      case "/props":
        return { default_generation_settings: { n_ctx: contextSize }, total_slots: 1 };
      case "/tokenize":
        if (body.parse_special !== false) throw new HttpError(400, "special tokens not supported");
        return { tokens: await this.model.tokenize(body.content) };
      case "/detokenize":
        // Unlike the port, llama-server leaves the space that tokenizing adds.
        return { content: ` ${await this.model.detokenize(body.tokens)}` };
      case "/completion":
        return this.complete(body);
      default:
        throw new HttpError(404, "File Not Found");
    }
  }

  private async complete(body: TestRequest["body"]): Promise<object> {
    const prompt: number[] = body.prompt;
    const { contextSize } = this.model.info;
    if (prompt.length >= contextSize) {
      const tokens = `request (${prompt.length} tokens)`;
      throw new HttpError(
        400,
        `${tokens} exceeds the available context size (${contextSize} tokens)`,
      );
    }
    const { kinds } = await this.model.vocabulary();
    const grammar = body.grammar ? parseTokenGrammar(body.grammar) : null;
    const random = seeded(body.seed);
    const tokens: number[] = [];
    const probabilities: object[] = [];
    const forced = new Map<number, number>(body.logit_bias ?? []);
    while (tokens.length < body.n_predict) {
      const logProbs = await distribution(this.model, [...prompt, ...tokens]);
      const biased = logProbs.map((value, id) => value + (forced.get(id) ?? 0));
      const allowed = grammar?.[tokens.length];
      // A grammar never allows a token that ends the text.
      const isAllowed = (id: number) =>
        !allowed || (allowed.includes(id) && kinds[id] !== TOKEN_KINDS.control);
      const token = choose(biased, isAllowed, samplingOf(body), random);
      tokens.push(token);
      // Bytes that are no whole character have no probabilities in the answer.
      if (kinds[token] !== TOKEN_KINDS.byte) {
        probabilities.push(probabilitiesOf(logProbs, token, body.n_probs));
      }
      if (token === this.model.info.eos) break;
    }
    return {
      tokens: body.return_tokens ? tokens : [],
      stop: true,
      ...(probabilities.length > 0 && { completion_probabilities: probabilities }),
    };
  }
}

function probabilitiesOf(logProbs: Float32Array, token: number, count: number): object {
  const shown = (id: number) => ({ id, token: "", bytes: [], logprob: finite(logProbs[id]) });
  return { ...shown(token), top_logprobs: likeliest(logProbs, count).map(shown) };
}

function finite(value: number | undefined): number {
  return Math.max(value ?? 0, LOWEST_FLOAT32);
}

function samplingOf(body: TestRequest["body"]) {
  const names: string[] = body.samplers ?? [];
  if (names.includes("top_k") && body.top_k === 1) return undefined;
  if (names.join() !== "temperature,top_p") throw new HttpError(400, `samplers ${names}`);
  return { temperature: body.temperature, topP: body.top_p, seed: body.seed };
}

/** Reads `root ::= a b a`, `a ::= <[1]> | <[2]>`. */
function parseTokenGrammar(grammar: string): Ids[] {
  const rules = new Map(grammar.split("\n").map((line) => line.split(" ::= ") as [string, string]));
  const root = rules.get("root");
  if (!root) throw new HttpError(400, "failed to parse grammar");
  return root.split(" ").map((name) => {
    const alternatives = rules.get(name)?.split(" | ");
    if (!alternatives) throw new HttpError(400, `undefined rule ${name}`);
    return alternatives.map((alternative) => Number(/^<\[(\d+)\]>$/.exec(alternative)?.[1]));
  });
}
