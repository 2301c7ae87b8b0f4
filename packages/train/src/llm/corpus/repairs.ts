import type { Random } from "@v2l/nn";
import { BLIND_FRAGMENTS, PAPER_FRAGMENTS, type PromptFragments } from "v2l";
import { pick } from "../../run/random.js";
import { answer, type Document, given, type Part, type Span } from "./document.js";
import type { Lexicon } from "./lexicon.js";

type Ids = readonly number[];

/** Pieces in, the pieces that are right out. */
interface Pair {
  readonly input: Ids;
  readonly output: Ids;
}

/**
 * Rows of random pieces of the vocabulary that were damaged, and what is right in their place: from the
 * pairs before it can be told what the damage did, or what stood there. Three ways, of which two are
 * the prompts of restoration; the rows come from a generator, not from any picture.
 */
export function repairsDocument(
  lexicon: Lexicon,
  random: Random,
  _part: Part,
  growth: number,
): Document {
  const draw = pick(random, [noisyCopies, exchanged, exchanged, continued]);
  return { kind: "repairs", spans: draw(lexicon, random, growth) };
}

/** Copies of one place, noisy and each less so than the one before; then the place itself. */
function noisyCopies(lexicon: Lexicon, random: Random, growth: number): Span[] {
  const step = pick(random, [2, 2, 1, 3]);
  const reads = random.uniform() < 0.5 ? step : 2 + random.integer(Math.round(15 * growth) || 1);
  const alphabet = pieces(lexicon, random, 2 + random.integer(30));
  const truth = row(alphabet, random, reads + step);
  const shift = exchange(alphabet, random, random.uniform(0, 0.6));
  const same = reads === step;
  const damaged = same ? truth.slice(0, step).map(shift) : truth.slice(0, reads);
  const right = same ? truth.slice(0, step) : truth.slice(reads);
  const count = 3 + random.integer(Math.max(1, Math.round(9 * growth)));
  const [most, least] = [random.uniform(0.35, 0.6), random.uniform(0.05, 0.3)];
  const copies = Array.from({ length: count }, (_, i): Pair => {
    const rate = most + (i / (count - 1)) * (least - most);
    const noisy = (ids: Ids) =>
      ids.map((id) => (random.uniform() < rate ? piece(lexicon, random) : id));
    if (!same) return { input: noisy(damaged), output: noisy(right) };
    // What replaces a piece does so on both sides.
    const noise = right.map(() => (random.uniform() < rate ? piece(lexicon, random) : null));
    return {
      input: damaged.map((id, at) => noise[at] ?? id),
      output: right.map((id, at) => noise[at] ?? id),
    };
  });
  const fragments = random.uniform() < 0.6 ? PAPER_FRAGMENTS : BLIND_FRAGMENTS;
  return written(fragments, step, copies, [{ input: damaged, output: right }]);
}

/** Some pieces stand for others, all others for themselves: damage that is the same in all pairs. */
function exchanged(lexicon: Lexicon, random: Random, growth: number): Span[] {
  const alphabet = pieces(lexicon, random, 3 + random.integer(40));
  const damage = exchange(alphabet, random, random.uniform(0, 0.8));
  const chance = random.uniform(0, 0.15);
  const step = pick(random, [2, 2, 2, 1, 3, 4]);
  const pair = (): Pair => {
    const output = row(alphabet, random, step);
    const input = output.map((id) =>
      damage(random.uniform() < chance ? pick(random, alphabet) : id),
    );
    return { input, output };
  };
  const queries = Array.from({ length: 2 + random.integer(4 + Math.round(32 * growth)) }, pair);
  return written(BLIND_FRAGMENTS, step, [pair(), pair()], queries);
}

/** What comes after a row, told by similar rows, the most similar last. */
function continued(lexicon: Lexicon, random: Random, growth: number): Span[] {
  const step = pick(random, [2, 2, 1]);
  const reads = 2 + random.integer(Math.max(1, Math.round(15 * growth)));
  const alphabet = pieces(lexicon, random, 2 + random.integer(20));
  const whole = row(alphabet, random, reads + step);
  const count = 2 + random.integer(Math.max(1, Math.round(10 * growth)));
  const other = random.uniform(0.2, 0.9);
  const examples = Array.from({ length: count }, (_, i): Pair => {
    // Pieces far from the end differ the most.
    const changed = whole.map((id, at) => {
      const near = (at + 1) / whole.length;
      const chance = other * (1 - i / (count + 1)) * (1.2 - near);
      return random.uniform() < chance ? pick(random, alphabet) : id;
    });
    return { input: changed.slice(0, reads), output: changed.slice(reads) };
  });
  const query = { input: whole.slice(0, reads), output: whole.slice(reads) };
  return written(BLIND_FRAGMENTS, step, examples, [query]);
}

function written(
  fragments: PromptFragments,
  step: number,
  examples: Pair[],
  queries: Pair[],
): Span[] {
  const begin = fragments.begin(step);
  const pairs = [...examples, ...queries];
  const lines = pairs.map(({ input, output }, i): Span[] => [
    // A document brings the blank of its first text.
    given(i === 0 && begin === "" ? fragments.input : ` ${fragments.input}`),
    given(input),
    given(` ${fragments.output}`),
    i < examples.length ? given(output) : answer(output),
    given(fragments.end),
  ]);
  return [...(begin === "" ? [] : [given(begin)]), ...lines.flat()];
}

/** A row of pieces as it occurs in lists and patterns: runs, returns of what was before, and new ones. */
function row(alphabet: Ids, random: Random, length: number): number[] {
  const run = random.uniform(0, 0.6);
  const ids: number[] = [];
  for (let at = 0; at < length; at++) {
    const before = ids.at(-1);
    ids.push(before !== undefined && random.uniform() < run ? before : pick(random, alphabet));
  }
  return ids;
}

/** A mapping of pieces to pieces in which a share of them, as a rule, does not stay what it is. */
function exchange(alphabet: Ids, random: Random, share: number): (id: number) => number {
  const map = new Map(
    alphabet.map((id) => [id, random.uniform() < share ? pick(random, alphabet) : id] as const),
  );
  return (id) => map.get(id) ?? id;
}

function pieces(lexicon: Lexicon, random: Random, count: number): number[] {
  return Array.from({ length: count }, () => piece(lexicon, random));
}

function piece({ pieceIds }: Lexicon, random: Random): number {
  return pick(random, pieceIds);
}
