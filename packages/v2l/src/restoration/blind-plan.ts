import type { Ids, LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { TokenMask } from "../degradation/index.js";
import { checkWholeNumber } from "../whole-number.js";
import { ExamplePool } from "./example-pool.js";
import type { FillPlan, FillWindow, WindowQuestion } from "./fill.js";
import { borderOrder, type OrderedWindow, scanOrder, scansOf } from "./order.js";
import { blindFrame, framedPrompt, type PromptFrame, type TokenPair } from "./prompt-frame.js";
import type { Direction } from "./scan.js";
import { type Window, windowsOf } from "./windows.js";

/** In which order hidden cells are filled in. */
export const FILL_ORDERS = ["raster", "border", "vote"] as const;
/**
 * - `raster`: row by row, as in the paper.
 * - `border`: from the border of the hidden region inwards, many cells at once.
 * - `vote`: by rows and by columns, forwards and backwards; per cell the token with the largest sum of
 *   probabilities stays.
 */
export type FillOrder = (typeof FILL_ORDERS)[number];

/**
 * Which tokens may come out: `all` of the vocabulary, those `seen` in any example's output, or those
 * `shown` by the prompt itself, in the outputs of its examples and in its query.
 */
export const CANDIDATES = ["all", "seen", "shown"] as const;
export type Candidates = (typeof CANDIDATES)[number];

/**
 * Which examples a prompt shows: the most `similar` to its own query; those similar to any query of the
 * picture, in `common` to all its prompts; or some `spread` evenly over all.
 */
export const SHOWN_EXAMPLES = ["similar", "common", "spread"] as const;
export type ShownExamples = (typeof SHOWN_EXAMPLES)[number];

/** How the blind prompts are made. */
export interface BlindPlanOptions {
  /** Examples of each prompt. Default 64 for {@link translationPlan}, 8 for {@link hiddenPlans}. */
  readonly examples?: number;
  /**
   * Default `common` for {@link translationPlan}, `similar` for {@link hiddenPlans}. With `common` and
   * `spread` all prompts of a wave begin alike, and their beginning is computed once.
   */
  readonly choose?: ShownExamples;
  /** Known tokens before a window that its prompt reads, for hidden cells. Default 16. */
  readonly context?: number;
  /** Tokens that a prompt predicts. Default 2. */
  readonly step?: number;
  /** Default `shown`. */
  readonly candidates?: Candidates;
  /** For hidden cells. Default `border`. */
  readonly order?: FillOrder;
}

/** Of {@link hiddenPlans}. */
export const HIDDEN_DEFAULTS: Required<BlindPlanOptions> = {
  examples: 8,
  choose: "similar",
  context: 16,
  step: 2,
  candidates: "shown",
  order: "border",
};

/** Of {@link translationPlan}. Its examples are short: many of them cost little when they are read once. */
export const TRANSLATION_DEFAULTS: Required<BlindPlanOptions> = {
  ...HIDDEN_DEFAULTS,
  examples: 64,
  choose: "common",
};

/** A grid to learn from. */
export interface Lesson {
  /** Degraded tokens, row by row; the same as `right` where cells are hidden rather than changed. */
  readonly read: Int32Array;
  /** The tokens that are right. */
  readonly right: Int32Array;
  /** Cells that must not be shown. Without it all may. */
  readonly mask?: TokenMask;
}

/**
 * Plans to fill in the hidden cells of a grid: each prompt shows places of the lessons, some known
 * tokens and what followed them, then the known tokens before its window. No hidden cell of a lesson is
 * ever shown.
 * @param mask the cells to fill in; the grid's other cells are read
 * @returns one plan, or for `vote` one for each way through the grid
 * @throws V2LError INVALID_ARGUMENT where nothing or everything is hidden, or a lesson shows nothing.
 */
export async function hiddenPlans(
  llm: LanguageModel,
  mask: TokenMask,
  lessons: readonly Lesson[],
  options: BlindPlanOptions = {},
): Promise<FillPlan[]> {
  const settings = checked(options, HIDDEN_DEFAULTS);
  checkMask(mask);
  const asker = { frame: await blindFrame(llm), seen: seenTokens(lessons), settings };
  const scans = scansOf(mask);
  const pools = new Map<string, ExamplePool>();
  const poolFor = ({ direction, reads, cells }: OrderedWindow): ExamplePool => {
    const key = `${direction} ${reads.length} ${cells.length}`;
    const pool =
      pools.get(key) ?? continuations(scans[direction], lessons, reads.length, cells.length);
    pools.set(key, pool);
    return pool;
  };
  const prompted = (wave: readonly OrderedWindow[]): FillWindow[] => {
    const choosers = new Map<ExamplePool, (grid: Int32Array) => Choose>();
    for (const pool of new Set(wave.map(poolFor))) {
      const peers = wave.filter((one) => poolFor(one) === pool);
      const queries = (grid: Int32Array) => peers.map(({ reads }) => tokensAt(grid, reads));
      choosers.set(
        pool,
        once((grid) => choosing(pool, settings, queries(grid))),
      );
    }
    return wave.map((window) => ({
      cells: window.cells,
      ask: (grid) => {
        const query = tokensAt(grid, window.reads);
        const choose = choosers.get(poolFor(window)) as (grid: Int32Array) => Choose;
        return questionOf(asker, choose(grid)(query), query);
      },
    }));
  };
  return orders(mask, settings).map((waves) => waves.map(prompted));
}

/**
 * Plans to translate a whole degraded grid into a clean one: each prompt shows degraded tokens of the
 * lessons with the clean ones at their places, then the degraded tokens at its window's place.
 * @param read the degraded grid
 * @param source the cell of the degraded grid that shows what a cell of the clean one shows
 * @throws V2LError INVALID_ARGUMENT where there is no lesson.
 */
export async function translationPlan(
  llm: LanguageModel,
  mask: TokenMask,
  read: Int32Array,
  lessons: readonly Lesson[],
  source: (cell: number) => number,
  options: BlindPlanOptions = {},
): Promise<FillPlan> {
  const settings = checked(options, TRANSLATION_DEFAULTS);
  const asker = { frame: await blindFrame(llm), seen: seenTokens(lessons), settings };
  const cells = [...mask.hidden.keys()].filter((cell) => mask.hidden[cell] === 1);
  const windows = windowsOf(cells, settings.step, mask);
  const at = (grid: Int32Array, window: Window) => tokensAt(grid, window.cells.map(source));
  const pools = new Map<number, Choose>();
  for (const length of new Set(windows.map((one) => one.cells.length))) {
    const places = windowsOf([...read.keys()], length, mask).filter(
      (one) => one.cells.length === length,
    );
    const pairs = lessons.flatMap((lesson) =>
      places
        .filter(({ cells: shown }) => shown.every((cell) => lesson.mask?.hidden[cell] !== 1))
        .map((place) => ({
          input: at(lesson.read, place),
          output: tokensAt(lesson.right, place.cells),
        })),
    );
    const pool = new ExamplePool(pairs, new Array<number>(length).fill(1));
    const queries = windows.filter((one) => one.cells.length === length);
    pools.set(
      length,
      choosing(
        pool,
        settings,
        queries.map((one) => at(read, one)),
      ),
    );
  }
  const prompted = windows.map((window) => ({
    ...window,
    ask: () => {
      const query = at(read, window);
      return questionOf(asker, (pools.get(window.cells.length) as Choose)(query), query);
    },
  }));
  return [prompted];
}

/** What all questions of a plan have in common. */
interface Asker {
  readonly frame: PromptFrame;
  /** Tokens of all lessons, ascending. */
  readonly seen: Ids;
  readonly settings: Required<BlindPlanOptions>;
}

function tokensAt(grid: Int32Array, cells: readonly number[]): number[] {
  return cells.map((cell) => grid[cell] as number);
}

/** Remembers what was made of the last grid: all windows of a wave are asked about the same one. */
function once<T>(make: (grid: Int32Array) => T): (grid: Int32Array) => T {
  let last: { readonly grid: Int32Array; readonly made: T } | null = null;
  return (grid) => {
    if (last?.grid !== grid) last = { grid, made: make(grid) };
    return last.made;
  };
}

/** The examples for a query. */
type Choose = (query: Ids) => readonly TokenPair[];

/** @param queries all that will be asked about */
function choosing(
  pool: ExamplePool,
  { choose, examples }: Required<BlindPlanOptions>,
  queries: readonly Ids[],
): Choose {
  if (choose === "similar") return (query) => pool.nearest(query, examples);
  const same = choose === "common" ? pool.common(queries, examples) : pool.spread(examples);
  return () => same;
}

function questionOf(
  { frame, seen, settings }: Asker,
  shown: readonly TokenPair[],
  query: Ids,
): WindowQuestion {
  const { candidates } = settings;
  const own = new Set([...shown.flatMap(({ output }) => output), ...query]);
  const allowed = candidates === "shown" && own.size > 0 ? ascending(own) : seen;
  return {
    prompt: framedPrompt(frame, shown, query),
    allowed: candidates === "all" ? null : allowed,
  };
}

function orders(mask: TokenMask, settings: Required<BlindPlanOptions>): OrderedWindow[][][] {
  const scans = scansOf(mask);
  if (settings.order === "border") return [borderOrder(mask, settings)];
  if (settings.order === "raster") return [scanOrder(scans.right, mask, settings)];
  const ways = Object.values(scans).map((scan) => scanOrder(scan, mask, settings));
  // A way that begins in the hidden region would begin from nothing.
  return ways.filter(([wave]) => (wave?.[0]?.reads.length ?? 0) > 0);
}

/** What follows what in the lessons, along one direction. */
function continuations(
  scan: ReturnType<typeof scansOf>[Direction],
  lessons: readonly Lesson[],
  reads: number,
  step: number,
): ExamplePool {
  const pairs: TokenPair[] = [];
  for (const { right, mask } of lessons) {
    const shown = (cell: number) => mask?.hidden[cell] !== 1;
    for (const cell of scan.cells) {
      const next = scan.ahead(cell, step, shown);
      const before = scan.before(cell, reads, shown);
      if (next.length < step || before.length < reads) continue;
      pairs.push({ input: tokensAt(right, before), output: tokensAt(right, next) });
    }
  }
  return new ExamplePool(pairs, scan.weights(reads));
}

/** All tokens that the lessons show as right, ascending. */
function seenTokens(lessons: readonly Lesson[]): number[] {
  const seen = new Set<number>();
  for (const { right, mask } of lessons) {
    right.forEach((token, cell) => {
      if (mask?.hidden[cell] !== 1) seen.add(token);
    });
  }
  if (seen.size === 0) {
    const remedy = "Name clean images to learn from";
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("something to show", "lessons", "nothing", remedy),
    );
  }
  return ascending(seen);
}

function ascending(ids: Iterable<number>): number[] {
  return [...ids].sort((a, b) => a - b);
}

function checked(
  options: BlindPlanOptions,
  defaults: Required<BlindPlanOptions>,
): Required<BlindPlanOptions> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const settings = { ...defaults, ...Object.fromEntries(given) };
  checkWholeNumber(settings.examples, "examples", 0);
  checkWholeNumber(settings.context, "context", 1);
  checkWholeNumber(settings.step, "step", 1);
  return settings;
}

function checkMask({ hidden }: TokenMask): void {
  if (hidden.includes(0) && hidden.includes(1)) return;
  const received = hidden.includes(1) ? "one that hides everything" : "one that hides nothing";
  throw new V2LError(
    "INVALID_ARGUMENT",
    expected("a mask that hides some cells", "mask", received),
  );
}
