import { z } from "@hono/zod-openapi";
import { CANDIDATES, FILL_ORDERS, RESTORATION_TASKS, SHOWN_EXAMPLES } from "v2l";
import { Id, ImageInput, PngUrl, Tokens } from "./pictures.js";

const Tokenwise = z.int().min(0).max(256);

export const RestoreRequest = z
  .object({
    image: ImageInput,
    task: z.enum(RESTORATION_TASKS),
    mask: z
      .array(Id)
      .min(1)
      .optional()
      .describe("Hidden cells of the grid, for in- and outpainting; by default the paper's"),
    margins: z
      .object({
        left: Tokenwise.default(0),
        right: Tokenwise.default(0),
        top: Tokenwise.default(0),
        bottom: Tokenwise.default(0),
      })
      .optional()
      .describe("Tokens to add at the sides, for outpainting"),
    shift: z
      .object({ right: Tokenwise, down: Tokenwise })
      .default({ right: 2, down: 2 })
      .describe("How far the content has to go back, in tokens"),
    kernel: z.int().min(1).max(99).default(9).describe("Side of the blur, odd, in pixels"),
    damage: z
      .boolean()
      .default(false)
      .describe("The image is clean: damage it first as the task says, then restore it"),
    references: z
      .array(ImageInput)
      .max(64)
      .default([])
      .describe("Clean images to learn the task from"),
    nearest: z.int().min(0).max(64).default(4).describe("How many of these, the most similar"),
    examples: z
      .int()
      .min(0)
      .max(64)
      .optional()
      .describe("Examples in each prompt; by default 64, or 8 where it reads what is before"),
    choose: z
      .enum(["auto", ...SHOWN_EXAMPLES])
      .default("auto")
      .describe("Which examples; auto: common, or similar where a prompt reads what is before"),
    reads: z
      .enum(["auto", "same", "before"])
      .default("auto")
      .describe(
        "What a prompt reads of hidden cells: what the same place holds when they are painted over, or known " +
          "tokens before it; auto: the first where there are references",
      ),
    context: z.int().min(1).max(256).default(16).describe("Known tokens that a prompt reads"),
    step: z.int().min(1).max(64).default(2).describe("Tokens that a prompt writes"),
    candidates: z.enum(CANDIDATES).default("shown"),
    order: z.enum(FILL_ORDERS).default("border"),
    batchSize: z.int().min(1).max(256).default(32).describe("Prompts of a step"),
    temperature: z.number().min(0).max(10).default(0),
    topP: z.number().gt(0).max(1).default(1),
    seed: z.int().default(0),
    paste: z.boolean().default(false).describe("Put the known pixels back outside the mask"),
    pictures: z.boolean().default(true).describe("Send the decoded picture with every step"),
  })
  .openapi("RestoreRequest");
export type RestoreRequest = z.input<typeof RestoreRequest>;

/** Not known: null. */
const LogProb = z.number().nullable();

const StepEvent = z.object({
  type: z.literal("step"),
  cells: z.array(Id).describe("The cells just written"),
  tokens: z.array(Id),
  pieces: z.array(z.string()),
  logProbs: z.array(LogProb),
  grid: z.array(Id).describe("The whole grid so far"),
  done: z.int().describe("Cells written so far"),
  total: z.int(),
  picture: PngUrl.nullable(),
});

const DoneEvent = z.object({
  type: z.literal("done"),
  tokens: Tokens,
  cells: z.array(Id).describe("All cells that the model wrote"),
  logProbs: z.array(LogProb).describe("For every cell of the grid; null where none was written"),
  degraded: PngUrl.describe("The square as it was before; hidden cells are painted over"),
  restored: PngUrl,
  original: PngUrl.nullable().describe("The clean square, where it is known"),
});

const ErrorEvent = z.object({
  type: z.literal("error"),
  error: z.object({ code: z.string(), message: z.string() }),
});

export const RestoreEvent = z
  .discriminatedUnion("type", [StepEvent, DoneEvent, ErrorEvent])
  .openapi("RestoreEvent");
export type RestoreEvent = z.infer<typeof RestoreEvent>;
