import { z } from "@hono/zod-openapi";
import { ImageInput } from "./pictures.js";

/** A line of text that a prompt may hold. */
const Line = z.string().min(1).max(2000);

/** Images that one prompt may show. */
const MOST_EXAMPLES = 64;

const PromptOptions = {
  words: z.int().min(0).default(5).describe("Words of each image that the model reads"),
  instruction: z.boolean().default(true).describe("Whether the prompt begins with what to do"),
};

const WritingOptions = {
  ...PromptOptions,
  places: z
    .int()
    .min(0)
    .max(9)
    .default(4)
    .describe(
      "Things in parts of each image, with their places, that the model reads too, and the background; 0: none",
    ),
  maxTokens: z.int().min(1).max(1024).default(48),
  temperature: z.number().min(0).max(10).default(0).describe("0: always the likeliest token"),
  topP: z.number().gt(0).max(1).default(1),
  seed: z.int().default(0),
};

export const Prompt = z
  .object({
    text: z.string().describe("What the language model read, to the letter"),
    tokens: z.int(),
  })
  .openapi("Prompt");

/** Common to all answers of a language model. */
const Read = {
  words: z.array(z.string()).describe("The image's words that the model read"),
  places: z
    .array(z.string())
    .describe("What is in its parts and where, and the background, as it read them"),
  prompt: Prompt,
};

export const Choice = z
  .object({
    text: z.string(),
    probability: z.number().describe("Among the choices; they sum to 1"),
    logProb: z.number().describe("Natural logarithm of the whole choice's probability"),
  })
  .openapi("Choice");
export type Choice = z.infer<typeof Choice>;

export const ClassifyRequest = z
  .object({
    image: ImageInput,
    classes: z
      .array(Line)
      .min(1)
      .max(100)
      .optional()
      .describe("Names to choose from; by default the labels of the examples, in their order"),
    examples: z
      .array(z.object({ image: ImageInput, label: Line }))
      .max(MOST_EXAMPLES)
      .default([]),
    calibrate: z
      .boolean()
      .default(false)
      .describe("Take out how likely each class is without words"),
    ...PromptOptions,
  })
  .openapi("ClassifyRequest");
export type ClassifyRequest = z.input<typeof ClassifyRequest>;

export const ClassifyResponse = z
  .object({ label: z.string(), choices: z.array(Choice), ...Read })
  .openapi("ClassifyResponse");
export type ClassifyResponse = z.infer<typeof ClassifyResponse>;

const Written = {
  text: z.string(),
  end: z.enum(["line", "text", "length"]).describe("What ended the text"),
  logProb: z.number().describe("Sum of the tokens' natural log-probabilities"),
  ...Read,
};

export const CaptionRequest = z
  .object({
    image: ImageInput,
    examples: z
      .array(z.object({ image: ImageInput, caption: Line }))
      .max(MOST_EXAMPLES)
      .default([]),
    ...WritingOptions,
  })
  .openapi("CaptionRequest");
export type CaptionRequest = z.input<typeof CaptionRequest>;

export const CaptionResponse = z.object(Written).openapi("CaptionResponse");
export type CaptionResponse = z.infer<typeof CaptionResponse>;

export const AskRequest = z
  .object({
    image: ImageInput,
    question: Line,
    answers: z
      .array(Line)
      .min(1)
      .max(100)
      .optional()
      .describe("Answers to choose from; by default the model writes its own"),
    examples: z
      .array(z.object({ image: ImageInput, question: Line, answer: Line }))
      .max(MOST_EXAMPLES)
      .default([]),
    ...WritingOptions,
  })
  .openapi("AskRequest");
export type AskRequest = z.input<typeof AskRequest>;

export const AskResponse = z
  .union([
    z.object({ kind: z.literal("written"), ...Written }),
    z.object({
      kind: z.literal("chosen"),
      text: z.string(),
      choices: z.array(Choice),
      ...Read,
    }),
  ])
  .openapi("AskResponse");
export type AskResponse = z.infer<typeof AskResponse>;
