import type { OpenAPIHono } from "@hono/zod-openapi";
import type { z } from "zod";
import { firstIssue, invalid, ServerError } from "../errors.js";
import type { Environment, RequestContext } from "../http/environment.js";
import type { Service } from "../service.js";
import { ChatRequest, WritingRequest } from "./chat-request.js";
import { CHAT_TEMPLATES, type ChatTemplateName } from "./chat-templates.js";
import { embeddedChat } from "./embedded-chat.js";
import { imageText } from "./image-template.js";
import type { RemoteImages } from "./remote-images.js";
import { hasImages, readImages, turnsOf, withImageTexts } from "./turns.js";
import type { Upstream } from "./upstream.js";

export interface GatewayOptions {
  /** Who has the language model; null: this server. */
  readonly upstream: Upstream | null;
  readonly remote: RemoteImages;
  /** Words of each image. */
  readonly words: number;
  readonly imageTemplate: string;
  /** For this server's own model. */
  readonly chatTemplate: ChatTemplateName;
}

const CHAT = "/v1/chat/completions";
const MODELS = "/v1/models";

/** OpenAI's API, with images for a model that reads only text. */
export function addGateway(
  app: OpenAPIHono<Environment>,
  service: Service,
  options: GatewayOptions,
): void {
  const { upstream, remote, words, imageTemplate, chatTemplate } = options;
  const template = CHAT_TEMPLATES[chatTemplate]();

  app.post(CHAT, async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer());
    const request = checked(ChatRequest, parseJson(bytes));
    const seeing = hasImages(request.messages);
    if (upstream !== null && !seeing) return upstream.pass(c, CHAT, bytes);
    const { messages } = request;
    const images = await readImages(messages, words, service, remote, c.get("signal"));
    if (upstream === null) {
      const writing = { ...request, ...checked(WritingRequest, request) };
      const turns = turnsOf(messages, images);
      return embeddedChat(c, service, writing, turns, { template, imageTemplate });
    }
    const texts = messages.map((message) => {
      return withImageTexts(message, images, (image) => imageText(image, imageTemplate));
    });
    const passed = JSON.stringify({ ...request, messages: texts });
    return upstream.pass(c, CHAT, Buffer.from(passed));
  });

  app.get(MODELS, (c) => models(c, service, upstream));
  app.get(`${MODELS}/:id{.+}`, (c) => models(c, service, upstream, c.req.param("id")));
}

async function models(
  c: RequestContext,
  { llm }: Service,
  upstream: Upstream | null,
  id?: string,
): Promise<Response> {
  if (upstream !== null && id === undefined) return upstream.pass(c, MODELS);
  // As a segment of a path these would lead elsewhere.
  if (upstream !== null && id !== "." && id !== "..") {
    return upstream.pass(c, `${MODELS}/${encodeURIComponent(id as string)}`);
  }
  const own = { id: llm?.info.id ?? "", object: "model", created: 0, owned_by: "v2l" };
  const data = llm === null || upstream !== null ? [] : [own];
  if (id === undefined) return c.json({ object: "list", data });
  if (data.some((model) => model.id === id)) return c.json(own);
  throw new ServerError("NOT_FOUND", "Expected a model of this server but received another name", {
    param: "model",
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw invalid("JSON", "body", "other text");
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw firstIssue(result.error);
}
