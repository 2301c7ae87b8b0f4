import { randomInt, randomUUID } from "node:crypto";
import type { LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import { failureOf } from "../errors.js";
import type { RequestContext } from "../http/environment.js";
import { STREAMED, textStream } from "../http/event-stream.js";
import type { Service } from "../service.js";
import { requireModel } from "../service.js";
import type { ChatRequest, WritingRequest } from "./chat-request.js";
import type { ChatPrompt, ChatTemplate } from "./chat-templates.js";
import { generateText, type TextEnd, type TextOptions } from "./generate-text.js";
import type { Turn } from "./turns.js";

const DEFAULT_MAX_TOKENS = 128;

export interface EmbeddedChatOptions {
  readonly template: ChatTemplate;
  readonly imageTemplate: string;
}

/** Answers a conversation with the server's own language model, whole or token by token. */
export async function embeddedChat(
  c: RequestContext,
  service: Service,
  request: ChatRequest & WritingRequest,
  turns: readonly Turn[],
  { template, imageTemplate }: EmbeddedChatOptions,
): Promise<Response> {
  const llm = requireModel(service);
  refuseUnsupported(request);
  const signal = c.get("signal");
  const prompt = await template(llm, turns, imageTemplate);
  const options = textOptions(llm, prompt, request, signal);
  const slot = await service.engines.enter(signal);
  const completion: Completion = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: llm.info.id,
    promptTokens: prompt.ids.length,
  };
  const pieces = generateText(llm, prompt.ids, options);
  const ended = ({ tokens }: TextEnd) => {
    service.metrics.tokens("prompt", prompt.ids.length);
    service.metrics.tokens("completion", tokens);
  };
  if (request.stream !== true) {
    try {
      return c.json(await whole(completion, pieces, ended));
    } finally {
      slot.release();
    }
  }
  const withUsage = request.stream_options?.include_usage === true;
  const body = textStream(async (send) => {
    try {
      await chunks(completion, pieces, withUsage, ended, send);
    } catch (error) {
      c.set("error", error);
      send(`data: ${JSON.stringify(failureOf(error).body)}\n\n`);
    } finally {
      slot.release();
    }
  });
  return c.body(body, 200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    ...STREAMED,
  });
}

/** What every part of an answer says. */
interface Completion {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly promptTokens: number;
}

type Pieces = AsyncGenerator<string, TextEnd, undefined>;

async function whole(
  { promptTokens, ...head }: Completion,
  pieces: Pieces,
  ended: (end: TextEnd) => void,
) {
  let content = "";
  let next = await pieces.next();
  for (; !next.done; next = await pieces.next()) content += next.value;
  ended(next.value);
  const message = { role: "assistant", content, refusal: null };
  const choice = { index: 0, message, logprobs: null, finish_reason: next.value.reason };
  const usage = usageOf(promptTokens, next.value);
  return { ...head, object: "chat.completion", choices: [choice], usage };
}

async function chunks(
  { promptTokens, ...head }: Completion,
  pieces: Pieces,
  withUsage: boolean,
  ended: (end: TextEnd) => void,
  send: (text: string) => void,
): Promise<void> {
  const sendChunk = (choices: readonly object[], usage: object | null = null) => {
    const chunk = { ...head, object: "chat.completion.chunk", choices };
    send(`data: ${JSON.stringify(withUsage ? { ...chunk, usage } : chunk)}\n\n`);
  };
  const sendDelta = (delta: object, finish_reason: string | null = null) => {
    sendChunk([{ index: 0, delta, logprobs: null, finish_reason }]);
  };
  sendDelta({ role: "assistant", content: "" });
  let next = await pieces.next();
  for (; !next.done; next = await pieces.next()) sendDelta({ content: next.value });
  ended(next.value);
  sendDelta({}, next.value.reason);
  if (withUsage) sendChunk([], usageOf(promptTokens, next.value));
  send("data: [DONE]\n\n");
}

function usageOf(prompt: number, { tokens }: TextEnd) {
  return { prompt_tokens: prompt, completion_tokens: tokens, total_tokens: prompt + tokens };
}

function textOptions(
  { info }: LanguageModel,
  { ids, stop: stops, ends }: ChatPrompt,
  request: WritingRequest,
  signal: AbortSignal,
): TextOptions {
  const { max_completion_tokens, max_tokens, temperature, top_p, seed, stop } = request;
  const room = info.contextSize - ids.length;
  if (room < 1) {
    const what = `fewer than ${info.contextSize} tokens, the model's context,`;
    const received = `${ids.length} in the conversation`;
    const remedy = "Leave out earlier messages";
    throw new V2LError("CONTEXT_OVERFLOW", expected(what, "messages", received, remedy));
  }
  const asked = typeof stop === "string" ? [stop] : (stop ?? []);
  return {
    maxTokens: Math.min(room, max_completion_tokens ?? max_tokens ?? DEFAULT_MAX_TOKENS),
    temperature: temperature ?? 0,
    topP: top_p ?? 1,
    seed: seed ?? randomInt(2 ** 31),
    stop: [...stops, ...asked.filter((one) => one !== "")],
    ends,
    signal,
  };
}

/** What would change the answer and is not there is refused, not ignored. */
function refuseUnsupported(request: WritingRequest): void {
  const { n, tools, response_format, logprobs, logit_bias } = request;
  const { presence_penalty, frequency_penalty } = request;
  const asked = {
    n: (n ?? 1) !== 1,
    tools: (tools?.length ?? 0) > 0,
    response_format: (response_format?.type ?? "text") !== "text",
    logprobs: logprobs === true,
    logit_bias: Object.keys(logit_bias ?? {}).length > 0,
    presence_penalty: (presence_penalty ?? 0) !== 0,
    frequency_penalty: (frequency_penalty ?? 0) !== 0,
  };
  const found = Object.entries(asked).find(([, there]) => there)?.[0];
  if (found === undefined) return;
  const remedy =
    "The embedded model cannot do that: leave it out, or start the server with an upstream";
  throw new V2LError("UNSUPPORTED", expected("a request without it", found, "one with it", remedy));
}
