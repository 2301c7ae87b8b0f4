import { z } from "@hono/zod-openapi";

/** A part of a message's content; other kinds are left as they are. */
const Part = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  image_url: z.looseObject({ url: z.string() }).optional(),
});
export type Part = z.infer<typeof Part>;

export const Message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(Part), z.null()]).optional(),
});
export type Message = z.infer<typeof Message>;

/** What the gateway reads of a request in OpenAI's format; all else goes through it untouched. */
export const ChatRequest = z
  .looseObject({
    model: z.string().optional(),
    messages: z.array(Message).min(1),
    stream: z.boolean().nullish(),
  })
  .openapi("ChatRequest");
export type ChatRequest = z.infer<typeof ChatRequest>;

/** What the embedded model makes of the rest. */
export const WritingRequest = z.looseObject({
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  n: z.int().nullish(),
  tools: z.array(z.unknown()).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
  logprobs: z.boolean().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  presence_penalty: z.number().nullish(),
  frequency_penalty: z.number().nullish(),
});
export type WritingRequest = z.infer<typeof WritingRequest>;
