import type { CallOptions, Generated, Ids, LanguageModel, Sampling } from "@v2l/llm";
import { checkWholeNumber } from "../whole-number.js";
import type { Window } from "./windows.js";

/** Prompts that go to the model in one call. */
const DEFAULT_BATCH = 32;

/** What the model is asked about a window. */
export interface WindowQuestion {
  readonly prompt: Ids;
  /** The ids that may come out; null: any of the vocabulary. */
  readonly allowed: Ids | null;
}

/** A window and the question that predicts it. */
export interface FillWindow extends Window {
  /** The question, given the grid with everything that earlier waves filled in. */
  ask(grid: Int32Array): WindowQuestion;
}

/**
 * What to predict, from what, and in which order: windows that do not depend on each other form a wave;
 * waves follow one another.
 */
export type FillPlan = readonly (readonly FillWindow[])[];

export interface FillOptions extends Pick<CallOptions, "signal"> {
  /** How many prompts go to the model in one call. Default 32. */
  readonly batchSize?: number;
  /** Default: greedy. The seed is that of the first window; each has its own. */
  readonly sampling?: Sampling;
}

/** One or more windows just filled. */
export interface FillStep {
  /** The cells, and for each its token and the token's log-probability under the whole vocabulary. */
  readonly cells: Ids;
  readonly tokens: Ids;
  readonly logProbs: Float32Array;
  /** The whole grid so far; cells not filled yet hold what they held before. */
  readonly grid: Int32Array;
  /** Cells filled so far and cells to fill. */
  readonly done: number;
  readonly total: number;
}

/**
 * Fills the windows of a plan, as many of a wave in one call as `batchSize` says: whoever goes through
 * the steps sees the grid fill in.
 * @param grid where filling begins; it is not changed
 * @throws V2LError CONTEXT_OVERFLOW; the signal's reason; what the model throws.
 */
export async function* fillGrid(
  llm: LanguageModel,
  grid: Int32Array,
  plan: FillPlan,
  { batchSize = DEFAULT_BATCH, sampling, signal }: FillOptions = {},
): AsyncGenerator<FillStep, void, undefined> {
  checkWholeNumber(batchSize, "batchSize", 1);
  const current = grid.slice();
  const total = plan.flat().reduce((sum, { cells }) => sum + cells.length, 0);
  let done = 0;
  let seed = sampling?.seed ?? 0;
  for (const wave of plan) {
    const before = current.slice();
    for (let start = 0; start < wave.length; start += batchSize) {
      signal?.throwIfAborted();
      const windows = wave.slice(start, start + batchSize);
      const items = windows.map((window) => {
        const { prompt, allowed } = window.ask(before);
        const own = sampling === undefined ? {} : { sampling: { ...sampling, seed: seed++ } };
        return { prompt, allowed: window.cells.map(() => allowed), ...own };
      });
      const generated = await llm.generate(items, signal === undefined ? {} : { signal });
      const filled = collect(windows, generated);
      filled.cells.forEach((cell, i) => {
        current[cell] = filled.tokens[i] as number;
      });
      done += filled.cells.length;
      yield { ...filled, grid: current.slice(), done, total };
    }
  }
}

function collect(windows: readonly Window[], generated: readonly Generated[]) {
  return {
    cells: windows.flatMap(({ cells }) => cells),
    tokens: generated.flatMap(({ tokens }) => tokens),
    logProbs: Float32Array.from(generated.flatMap(({ logProbs }) => [...logProbs])),
  };
}
