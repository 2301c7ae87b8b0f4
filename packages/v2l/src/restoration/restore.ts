import type { CallOptions, LanguageModel } from "@v2l/llm";
import { expected, Random, V2LError } from "@v2l/nn";
import { hiddenCells, type RestorationTask, type TokenMask } from "../degradation/index.js";
import type { Image } from "../image/image.js";
import type { ImageSource } from "../image/load.js";
import { nearestExamples } from "../tasks/similarity.js";
import { loadInput } from "../v2l/load-input.js";
import type { GlobalToken, ImageTokens } from "../v2l/tokens.js";
import type { V2L } from "../v2l/v2l.js";
import { checkWholeNumber } from "../whole-number.js";
import { type BlindPlanOptions, hiddenPlans, type Lesson, translationPlan } from "./blind-plan.js";
import { type Disturbance, drawDisturbances } from "./disturbance.js";
import { type FillOptions, type FillPlan, type FillStep, fillGrid } from "./fill.js";
import { paperPlan } from "./paper-plan.js";
import type { Reference } from "./references.js";
import { type DamageOptions, damagedScene, damageImage, hidesCells, pasteKnown } from "./scene.js";
import { type Votes, vote } from "./vote.js";

/** How the prompts are made; see docs/restoration.md. */
export const RESTORATION_PROTOCOLS = ["blind", "paper"] as const;
export type RestorationProtocol = (typeof RESTORATION_PROTOCOLS)[number];

export interface RestoreOptions extends DamageOptions, BlindPlanOptions, FillOptions {
  /**
   * `blind` (default): the image is damaged, and nothing that the model reads comes from what is hidden.
   * `paper`: the image is clean; it is damaged here, and its own noisy tokens are the examples.
   */
  readonly protocol?: RestorationProtocol;
  /** Clean images for the blind protocol to learn from, made for the same task and damage. */
  readonly references?: readonly Reference[];
  /** How many of them, those with the most similar global words. Default 4. */
  readonly nearest?: number;
  /**
   * What the blind protocol reads of hidden cells: `same`, the tokens at the window's own place, which are
   * those of the painted picture; or `before`, known tokens before it. Default: `same` with references.
   */
  readonly reads?: "same" | "before";
  /** For what the paper's protocol draws: the blur's kernel and the noise. Default 0. */
  readonly seed?: number;
  /** The noise of the paper's protocol, instead of what `seed` draws. */
  readonly disturbances?: readonly Disturbance[];
  /** Put the known pixels back outside the mask. Default false. */
  readonly paste?: boolean;
}

/** A step of a restoration: some cells just filled in. */
export interface RestorationStep extends FillStep {
  /** With `grid` what {@link V2L.decode} makes a picture of. */
  readonly globalTokens: readonly GlobalToken[];
}

export interface Restoration {
  readonly task: RestorationTask;
  readonly protocol: RestorationProtocol;
  /** The restored image in words. Global words are those of the picture that was read. */
  readonly tokens: ImageTokens;
  /** The cells that the model wrote. */
  readonly mask: TokenMask;
  /** For each cell the log-probability of its token under the whole vocabulary; NaN where none was written. */
  readonly logProbs: Float32Array;
  /** The square as it was before. */
  readonly degraded: Image;
  readonly restored: Image;
  /** The clean square, where it is known: in the paper's protocol. */
  readonly original: Image | null;
}

const DEFAULT_NEAREST = 4;

/**
 * Lets a language model restore an image (paper section 3.4): it writes the local tokens of the damaged
 * part, and the decoder makes the picture. The model's vocabulary must be that of the bundle.
 * @param image damaged for the blind protocol, clean for the paper's
 * @throws V2LError VOCABULARY_MISMATCH; INVALID_ARGUMENT; CONTEXT_OVERFLOW; what {@link loadInput} and
 *   the model throw; the signal's reason.
 */
export async function restore(
  v2l: V2L,
  llm: LanguageModel,
  image: ImageSource,
  task: RestorationTask,
  options: RestoreOptions & Pick<CallOptions, "onProgress"> = {},
): Promise<Restoration> {
  const steps = restoreStepwise(v2l, llm, image, task, options);
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
    options.onProgress?.(value.done, value.total);
  }
}

/**
 * {@link restore}, step by step: whoever goes through the steps sees the grid fill in, and may stop at any
 * time. The generator returns the whole restoration.
 */
export async function* restoreStepwise(
  v2l: V2L,
  llm: LanguageModel,
  image: ImageSource,
  task: RestorationTask,
  options: RestoreOptions = {},
): AsyncGenerator<RestorationStep, Restoration, undefined> {
  const { protocol = "blind", paste = false } = options;
  await v2l.checkLanguageModel(llm);
  const loaded = await loadInput(image);
  const job = await (protocol === "paper" ? paperJob : blindJob)(v2l, llm, loaded, task, options);
  const { plans, before, mask } = job;
  const fills: Votes[] = [];
  for (const [i, plan] of plans.entries()) {
    const written = new Map<number, { token: number; logProb: number }>();
    for await (const step of fillGrid(llm, before.localTokens.grid, plan, options)) {
      step.cells.forEach((cell, c) => {
        const [token, logProb] = [step.tokens[c] as number, step.logProbs[c] as number];
        written.set(cell, { token, logProb });
      });
      const [done, total] = [i * step.total + step.done, plans.length * step.total];
      yield { ...step, done, total, globalTokens: before.globalTokens };
    }
    fills.push(written);
  }
  const grid = before.localTokens.grid.slice();
  const logProbs = new Float32Array(grid.length).fill(Number.NaN);
  for (const [cell, { token, logProb }] of vote(fills)) {
    grid[cell] = token;
    logProbs[cell] = logProb;
  }
  const tokens = { globalTokens: before.globalTokens, localTokens: v2l.localTokens(grid) };
  const decoded = await v2l.decode(tokens);
  const { degraded, original } = job;
  const restored = paste ? pasteKnown(decoded, degraded, mask) : decoded;
  return { task, protocol, tokens, mask, logProbs, degraded, restored, original };
}

/** What is to be filled in. */
interface Job {
  /** One, or several to vote. */
  readonly plans: readonly FillPlan[];
  /** What filling begins with. */
  readonly before: ImageTokens;
  readonly mask: TokenMask;
  readonly degraded: Image;
  readonly original: Image | null;
}

async function blindJob(
  v2l: V2L,
  llm: LanguageModel,
  image: Image,
  task: RestorationTask,
  options: RestoreOptions,
): Promise<Job> {
  const { picture, damage } = damagedScene(image, task, v2l.manifest, options);
  const { mask, hides, worsen, source } = damage;
  const before = await v2l.encode(picture);
  const { grid } = before.localTokens;
  const { references = [] } = options;
  const lessons = nearestLessons(before, mask, options);
  const job = { before, mask, degraded: picture, original: null };
  const { reads = references.length > 0 ? "same" : "before" } = options;
  if (hides && reads === "before") {
    const own: Lesson = { read: grid, right: grid, mask };
    const others = lessons.map(({ right }) => ({ read: right, right }));
    return { ...job, plans: await hiddenPlans(llm, mask, [own, ...others], options) };
  }
  if (!hides) {
    // Damaged once more, the picture shows what its own tokens become.
    const again = await v2l.encode(worsen(picture));
    lessons.push({ read: again.localTokens.grid, right: grid });
  }
  return { ...job, plans: [await translationPlan(llm, mask, grid, lessons, source, options)] };
}

/** The references with the most similar global words, the most similar first. */
function nearestLessons(
  { globalTokens }: ImageTokens,
  mask: TokenMask,
  { references = [], nearest = DEFAULT_NEAREST }: RestoreOptions,
): Lesson[] {
  checkWholeNumber(nearest, "nearest", 0);
  if (references.some((one) => !mask.hidden.every((hidden, i) => hidden === one.mask.hidden[i]))) {
    const remedy = "Give `readReferences` the damage that `restore` is given";
    const what = "images damaged in the same cells";
    throw new V2LError("INVALID_ARGUMENT", expected(what, "references", "others", remedy));
  }
  const words = globalTokens.map(({ word }) => word);
  const found = nearestExamples(references, { words }, nearest).reverse();
  // What is outside the damaged cells shows nothing of what damage does.
  const outside = { ...mask, hidden: mask.hidden.map((hidden) => 1 - hidden) };
  return found.map(({ read, right }) => ({ read, right, mask: outside }));
}

async function paperJob(
  v2l: V2L,
  llm: LanguageModel,
  image: Image,
  task: RestorationTask,
  options: RestoreOptions,
): Promise<Job> {
  const { seed = 0, context, step } = options;
  const scene = damageImage(image, task, v2l.manifest, options);
  const clean = await v2l.encode(scene.clean);
  // The official code does not hide the picture of in- and outpainting.
  const damaged = hidesCells(task) ? clean : await v2l.encode(scene.degraded);
  const globals = clean.globalTokens.map(({ id }) => id);
  const { grid, codebooks } = v2l.tokenSpace;
  const counts = {
    global: globals.length,
    local: grid.height * grid.width,
    vocabulary: codebooks.local,
  };
  const plan = await paperPlan(
    llm,
    {
      size: grid,
      globals: globals.length,
      clean: [...globals, ...clean.localTokens.grid],
      degraded: [...globals, ...damaged.localTokens.grid],
      disturbances: options.disturbances ?? drawDisturbances(counts, new Random(seed)),
      cells: hiddenCells(scene.mask),
      reads: hidesCells(task) ? "before" : "same",
    },
    { ...(context === undefined ? {} : { context }), ...(step === undefined ? {} : { step }) },
  );
  const before = { ...damaged, globalTokens: clean.globalTokens };
  const { mask, degraded, clean: original } = scene;
  return { plans: [plan], before, mask, degraded, original };
}
