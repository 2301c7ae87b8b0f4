import { createRoute, type RouteConfig, z } from "@hono/zod-openapi";
import {
  AskRequest,
  AskResponse,
  CaptionRequest,
  CaptionResponse,
  ClassifyRequest,
  ClassifyResponse,
  CodebookName,
  DecodeRequest,
  EncodeRequest,
  EncodeResponse,
  ErrorResponse,
  Health,
  Info,
  NearestWordsRequest,
  NearestWordsResponse,
  NeighboursQuery,
  NeighboursResponse,
  RestoreEvent,
  RestoreRequest,
  ScenesResponse,
  VocabularyResponse,
} from "../contract/index.js";

const json = <Schema extends z.ZodType>(schema: Schema) => ({ "application/json": { schema } });

/** A body that must be there. */
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  body: { required: true, content: json(schema) },
});

const answers = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  200: { content: json(schema), description },
  ...FAILURES,
});

const FAILURES = {
  default: { content: json(ErrorResponse), description: "What went wrong" },
} satisfies RouteConfig["responses"];

const binary = (type: string, description: string) => ({
  200: {
    content: { [type]: { schema: z.string().openapi({ format: "binary" }) } },
    description,
  },
  ...FAILURES,
});

export const info = createRoute({
  method: "get",
  path: "/api/info",
  summary: "The bundle, the language model and the limits",
  responses: answers(Info, "What the server has"),
});

export const encode = createRoute({
  method: "post",
  path: "/api/encode",
  summary: "An image to words: global words, and the grid of local tokens",
  request: body(EncodeRequest),
  responses: answers(EncodeResponse, "The image in words"),
});

export const decode = createRoute({
  method: "post",
  path: "/api/decode",
  summary: "Words to a picture; takes the tokens that encode gives",
  request: body(DecodeRequest),
  responses: binary("image/png", "The picture"),
});

export const neighbours = createRoute({
  method: "get",
  path: "/api/neighbours",
  summary: "The entries of a codebook most similar to one of its own",
  request: { query: NeighboursQuery },
  responses: answers(NeighboursResponse, "The entries"),
});

export const vocabulary = createRoute({
  method: "get",
  path: "/api/vocabulary/{codebook}",
  summary: "All words of a codebook",
  request: { params: z.object({ codebook: CodebookName }) },
  responses: answers(VocabularyResponse, "The words"),
});

export const nearestWords = createRoute({
  method: "post",
  path: "/api/words",
  summary: "The global words nearest to a text or an image",
  request: body(NearestWordsRequest),
  responses: answers(NearestWordsResponse, "The words"),
});

export const classify = createRoute({
  method: "post",
  path: "/api/classify",
  summary: "The language model recognises an image by examples",
  request: body(ClassifyRequest),
  responses: answers(ClassifyResponse, "The classes with their probabilities"),
});

export const caption = createRoute({
  method: "post",
  path: "/api/caption",
  summary: "The language model puts an image into a sentence",
  request: body(CaptionRequest),
  responses: answers(CaptionResponse, "The caption"),
});

export const ask = createRoute({
  method: "post",
  path: "/api/ask",
  summary: "The language model answers a question about an image",
  request: body(AskRequest),
  responses: answers(AskResponse, "The answer"),
});

export const restore = createRoute({
  method: "post",
  path: "/api/restore",
  summary: "The language model restores an image, step by step",
  description:
    "A stream of events: `step` for each step, `done` at the end, or `error`. One JSON object a line; with " +
    "`Accept: text/event-stream` as server-sent events, named by their type.",
  request: body(RestoreRequest),
  responses: {
    200: {
      content: {
        "application/x-ndjson": { schema: RestoreEvent },
        "text/event-stream": { schema: RestoreEvent },
      },
      description: "The events",
    },
    ...FAILURES,
  },
});

export const scenes = createRoute({
  method: "get",
  path: "/api/scenes",
  summary: "The pictures that come with the server",
  responses: answers(ScenesResponse, "The scenes"),
});

export const scenePicture = createRoute({
  method: "get",
  path: "/api/scenes/{name}",
  summary: "The picture of a scene",
  request: { params: z.object({ name: z.string() }) },
  responses: binary("image/png", "The picture"),
});

export const bundleFile = createRoute({
  method: "get",
  path: "/api/bundle/{file}",
  summary: "A file of the bundle, for computing in the browser; v2l.json lists them",
  request: { params: z.object({ file: z.string() }) },
  responses: binary("application/octet-stream", "The file"),
});

export const health = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether the server takes requests; needs no token",
  responses: {
    200: { content: json(Health), description: "It does" },
    503: { content: json(Health), description: "It stops" },
  },
});
