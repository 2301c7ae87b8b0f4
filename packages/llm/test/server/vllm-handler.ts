import type { LanguageModel } from "../../src/index.js";
import { choose, distribution, likeliest, seeded } from "./next-token.js";
import { type DialectHandler, HttpError, type TestRequest } from "./test-server.js";

/** The parts of vLLM's API that the adapter uses, with its limits. */
export class VllmHandler implements DialectHandler {
  constructor(
    private readonly model: LanguageModel,
    /** vLLM's --max-logprobs; -1: the whole vocabulary. */
    public maxLogprobs = -1,
    /** False: a version that ignores the parameter. */
    public hasLogprobTokenIds = true,
  ) {}

  async answer({ path, body }: TestRequest): Promise<object> {
    const { id, contextSize } = this.model.info;
    switch (path) {
      case "/v1/models":
        return { data: [{ id, object: "model", owned_by: "vllm", max_model_len: contextSize }] };
      case "/tokenize":
        return { tokens: await this.model.tokenize(body.prompt), max_model_len: contextSize };
      case "/detokenize":
        return { prompt: await this.model.detokenize(body.tokens) };
      case "/v1/completions":
        return this.complete(body);
      default:
        throw new HttpError(404, "Not Found");
    }
  }

  private async complete(body: TestRequest["body"]): Promise<object> {
    this.check(body);
    const prompt: number[] = body.prompt;
    const random = seeded(body.seed);
    const chosen: number[] = [];
    const tokenLogProbs: number[] = [];
    const top: Record<string, number>[] = [];
    while (chosen.length < body.max_tokens) {
      const logProbs = await distribution(this.model, [...prompt, ...chosen]);
      const isAllowed = (id: number) => body.allowed_token_ids?.includes(id) ?? true;
      const sampling = { temperature: body.temperature, topP: body.top_p, seed: 0 };
      const token = choose(logProbs, isAllowed, sampling, random);
      const asked = this.hasLogprobTokenIds ? body.logprob_token_ids : undefined;
      const shown = [token, ...(asked ?? likeliest(logProbs, body.logprobs ?? 0))];
      const value = (id: number) => Math.max(logProbs[id] as number, -9999);
      chosen.push(token);
      tokenLogProbs.push(value(token));
      top.push(Object.fromEntries(shown.map((id) => [`token_id:${id}`, value(id)])));
      if (body.stop_token_ids?.includes(token)) break;
    }
    const choice = {
      index: 0,
      text: "",
      token_ids: body.return_token_ids ? chosen : null,
      logprobs:
        body.logprobs === undefined ? null : { token_logprobs: tokenLogProbs, top_logprobs: top },
      prompt_logprobs:
        body.prompt_logprobs === undefined ? null : await this.promptLogProbs(prompt),
    };
    return { object: "text_completion", choices: [choice] };
  }

  private check(body: TestRequest["body"]): void {
    const { contextSize, vocabularySize } = this.model.info;
    if (body.prompt.length + body.max_tokens > contextSize) {
      throw new HttpError(400, `This model's maximum context length is ${contextSize} tokens`);
    }
    const most = this.maxLogprobs === -1 ? vocabularySize : this.maxLogprobs;
    const count = body.logprob_token_ids?.length;
    if (this.hasLogprobTokenIds && count > 128) {
      throw new HttpError(400, `Requested logprob_token_ids of length ${count}`);
    }
    if ((!this.hasLogprobTokenIds || !count) && body.logprobs > most) {
      throw new HttpError(
        400,
        `Requested sample logprobs of ${body.logprobs}, which is greater than max allowed: ${most}`,
      );
    }
    if (!body.ignore_eos || body.top_k !== -1) throw new HttpError(400, "unexpected defaults");
  }

  private async promptLogProbs(prompt: readonly number[]): Promise<(object | null)[]> {
    const values: (object | null)[] = [null];
    for (const [i, id] of prompt.entries()) {
      if (i === 0) continue;
      const logProbs = await distribution(this.model, prompt.slice(0, i));
      values.push({ [id]: { logprob: logProbs[id], rank: 1, decoded_token: "" } });
    }
    return values;
  }
}
