import type { Ids, LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { TokenGrid } from "../degradation/index.js";
import { checkWholeNumber } from "../whole-number.js";
import { type Disturbance, disturb } from "./disturbance.js";
import type { FillPlan } from "./fill.js";
import { framedPrompt, type PromptFrame, paperFrame } from "./prompt-frame.js";
import { type Window, windowsOf } from "./windows.js";

/** Tokens that a prompt of in- or outpainting reads before those that it predicts. */
export const PAPER_CONTEXT = 16;
/** Tokens that a prompt predicts. */
export const PAPER_STEP = 2;

/** An image in the official denoising evaluation. Lists of tokens hold the global words first. */
export interface PaperImage {
  readonly size: TokenGrid;
  /** How many of the tokens are global words: 21 in the paper. */
  readonly globals: number;
  /** Tokens of the clean image. */
  readonly clean: Ids;
  /** Tokens of the degraded image. For in- and outpainting the official code takes the clean ones. */
  readonly degraded: Ids;
  /** The noise of each demonstration. */
  readonly disturbances: readonly Disturbance[];
  /** The cells to predict in the order of the grid. */
  readonly cells: Ids;
  /**
   * What a prompt reads: `before`, the tokens before its window (in- and outpainting), or `same`, the
   * degraded tokens at the window's own place (deblurring, shift, rotation).
   */
  readonly reads: "before" | "same";
}

export interface PaperPlanOptions {
  /** Tokens read where `reads` is `before`. Default 16, as in the paper. */
  readonly context?: number;
  /** Tokens predicted by a prompt. Default 2, as in the paper. */
  readonly step?: number;
}

/**
 * The official restoration prompts, id for id: ten copies of the image's own tokens, of which 54% down
 * to 25% are replaced at random, demonstrate the answer at the very place that is asked about. So the
 * prompt contains most of the answer: this is an evaluation to compare with the published one, not a
 * way to restore an image whose original is lost.
 *
 * Windows of `before` follow one another, since each reads what was predicted before it; windows of
 * `same` do not overlap and so depend on no prediction: they form one wave.
 * @throws V2LError UNSUPPORTED where the model has no bos; INVALID_ARGUMENT.
 */
export async function paperPlan(
  llm: LanguageModel,
  image: PaperImage,
  { context = PAPER_CONTEXT, step = PAPER_STEP }: PaperPlanOptions = {},
): Promise<FillPlan> {
  checkWholeNumber(context, "context", 1);
  checkWholeNumber(step, "step", 1);
  checkLengths(image);
  const frame = await paperFrame(llm, step);
  const copies = image.disturbances.map((one) => ({
    clean: disturb(image.clean, one),
    degraded: disturb(image.degraded, one),
  }));
  const windows = windowsOf(image.cells, step, image.size).map((window) => ({
    ...window,
    ask: (grid: Int32Array) => ({
      prompt: windowPrompt(frame, image, copies, window, grid, context),
      allowed: null,
    }),
  }));
  return image.reads === "before" ? windows.map((one) => [one]) : [windows];
}

interface Copy {
  readonly clean: Ids;
  readonly degraded: Ids;
}

function windowPrompt(
  frame: PromptFrame,
  { reads, globals, degraded }: PaperImage,
  copies: readonly Copy[],
  { cells }: Window,
  grid: Int32Array,
  context: number,
): number[] {
  const start = globals + (cells[0] as number);
  const end = start + cells.length;
  const first = Math.max(0, start - context);
  const before = reads === "before";
  const examples = copies.map((copy) => ({
    input: before ? copy.clean.slice(first, start) : copy.degraded.slice(start, end),
    output: copy.clean.slice(start, end),
  }));
  const query = [...degraded.slice(0, globals), ...grid];
  return framedPrompt(
    frame,
    examples,
    before ? query.slice(first, start) : query.slice(start, end),
  );
}

function checkLengths({ size, globals, clean, degraded }: PaperImage): void {
  const length = globals + size.height * size.width;
  for (const [name, { length: received }] of Object.entries({ clean, degraded })) {
    if (received === length) continue;
    const what = `${length} tokens (${globals} and ${size.height}x${size.width})`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, name, `${received} tokens`));
  }
}
