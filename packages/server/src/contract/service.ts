import { z } from "@hono/zod-openapi";
import { RESTORATION_TASKS } from "v2l";

export const ErrorResponse = z
  .object({
    error: z.object({
      code: z.string().describe("Stable; branch on this"),
      message: z.string(),
      type: z.string().describe("As OpenAI's clients expect it"),
      param: z.string().nullable(),
    }),
  })
  .openapi("ErrorResponse");
export type ErrorResponse = z.infer<typeof ErrorResponse>;

export const Health = z
  .object({
    status: z.enum(["ok", "stopping"]),
    queue: z.object({ running: z.int(), waiting: z.int() }),
  })
  .openapi("Health");
export type Health = z.infer<typeof Health>;

export const Info = z
  .object({
    version: z.string(),
    bundle: z.object({
      name: z.string(),
      imageSize: z.int().describe("Side of the square that is tokenized, in pixels"),
      grid: z.object({ height: z.int(), width: z.int() }),
      codebooks: z.object({ local: z.int(), global: z.int() }),
      globalWords: z.int().describe("Global words of an image, and that the decoder reads"),
      readsText: z.boolean().describe("Whether words near a text can be found"),
      files: z.array(z.string()).describe("What /api/bundle/{file} has"),
    }),
    llm: z
      .object({
        id: z.string(),
        contextSize: z.int(),
        restores: z.boolean().describe("Whether its vocabulary is the bundle's"),
      })
      .nullable(),
    upstream: z.boolean().describe("Whether /v1/chat/completions goes to another server"),
    tasks: z.array(z.enum(RESTORATION_TASKS)),
    limits: z.object({
      bytes: z.int().describe("Of a request's body"),
      pixels: z.int().describe("Of an image"),
      seconds: z.number().describe("For a request"),
      queue: z.int().describe("Requests that may wait"),
    }),
  })
  .openapi("Info");
export type Info = z.infer<typeof Info>;

export const Scene = z
  .object({
    name: z.string(),
    label: z.string().describe("A class to recognise it as"),
    caption: z.string(),
    questions: z.array(z.object({ question: z.string(), answer: z.string() })),
    picture: z.string().describe("Where the picture is: a path of this server"),
  })
  .openapi("Scene");
export type Scene = z.infer<typeof Scene>;

export const ScenesResponse = z.object({ scenes: z.array(Scene) }).openapi("ScenesResponse");
export type ScenesResponse = z.infer<typeof ScenesResponse>;
