import { randomFor } from "../run/random.js";
import type { Corpus } from "./corpus/corpus.js";
import { KINDS, type Kind } from "./corpus/document.js";
import type { DocumentEncoder } from "./corpus/encode.js";

/** A text and the places in it whose tokens count. */
export interface Sequence {
  readonly ids: readonly number[];
  /** For each id, whether predicting it from those before counts. Never the first. */
  readonly counted: readonly boolean[];
  readonly kind: Kind;
}

/** Texts of similar length side by side. Padding stands behind a text, where no text sees it. */
export interface Chunk {
  readonly rows: number;
  readonly length: number;
  /** [rows*length] */
  readonly ids: BigInt64Array;
  /** Places in `ids` after which a token is to be predicted, and those tokens. */
  readonly positions: BigInt64Array;
  readonly targets: BigInt64Array;
  /** For each target, the place of its text's kind in {@link KINDS}. */
  readonly kinds: Uint8Array;
}

/** Documents that a step may read; far more than it does. */
const INDICES_PER_STEP = 2 ** 16;

export interface BatchOptions {
  readonly seed: number;
  readonly batchTokens: number;
  readonly wholeShare: number;
  readonly contextSize: number;
  readonly shortSteps: number;
  readonly growthSteps: number;
}

/** The texts of one step, a function of the step alone. */
export function stepSequences(
  corpus: Corpus,
  encoder: DocumentEncoder,
  step: number,
  options: BatchOptions,
): Sequence[] {
  const sequences: Sequence[] = [];
  const growth = growthAt(step, options);
  let tokens = 0;
  for (let slot = 0; tokens < options.batchTokens; slot++) {
    const index = step * INDICES_PER_STEP + slot;
    const document = corpus.document("train", index, { growth });
    const { ids, answers } = encoder.document(document);
    const whole = randomFor(options.seed, `whole/${index}`).uniform() < options.wholeShare;
    const all = whole || !answers.includes(true);
    const counted = answers.map((answer, i) => i > 0 && (all || answer));
    sequences.push(cut({ ids, counted, kind: document.kind }, options.contextSize));
    tokens += Math.min(ids.length, options.contextSize);
  }
  return sequences;
}

/** How far texts have grown at a step. */
function growthAt(step: number, { shortSteps, growthSteps }: BatchOptions): number {
  return Math.min(1, Math.max(0, (step - shortSteps) / Math.max(1, growthSteps)));
}

/** The beginning of a text, such that all predictions are within the context. */
export function cut({ ids, counted, kind }: Sequence, contextSize: number): Sequence {
  const most = contextSize + 1;
  return { ids: ids.slice(0, most), counted: counted.slice(0, most), kind };
}

/** Least share of a chunk's length that a text in it has. */
const FILLED = 0.85;

/**
 * Sorts texts by length and lays them side by side: at most `chunkTokens` at a time, padding included,
 * and hardly any padding.
 */
export function chunksOf(sequences: readonly Sequence[], chunkTokens: number): Chunk[] {
  const sorted = [...sequences].sort((a, b) => b.ids.length - a.ids.length);
  const chunks: Chunk[] = [];
  for (let first = 0; first < sorted.length; ) {
    const length = lengthOf(sorted[first] as Sequence);
    const most = first + Math.max(1, Math.floor(chunkTokens / length));
    let end = first + 1;
    while (end < most && lengthOf(sorted[end]) >= FILLED * length) end++;
    chunks.push(chunk(sorted.slice(first, end), length));
    first = end;
  }
  return chunks;
}

/** Tokens that the network reads of a text: all but the last. */
function lengthOf(sequence: Sequence | undefined): number {
  return sequence === undefined ? 0 : sequence.ids.length - 1;
}

function chunk(sequences: readonly Sequence[], length: number): Chunk {
  const ids = new BigInt64Array(sequences.length * length);
  const positions: bigint[] = [];
  const targets: bigint[] = [];
  const kinds: number[] = [];
  sequences.forEach((sequence, row) => {
    sequence.ids.slice(0, -1).forEach((id, i) => {
      ids[row * length + i] = BigInt(id);
      if (!sequence.counted[i + 1]) return;
      positions.push(BigInt(row * length + i));
      targets.push(BigInt(sequence.ids[i + 1] as number));
      kinds.push(KINDS.indexOf(sequence.kind));
    });
  });
  return {
    rows: sequences.length,
    length,
    ids,
    positions: BigInt64Array.from(positions),
    targets: BigInt64Array.from(targets),
    kinds: Uint8Array.from(kinds),
  };
}

/** The memory of chunks, to be handed to another thread. */
export function buffersOf(chunks: readonly Chunk[]): ArrayBuffer[] {
  return chunks.flatMap(({ ids, positions, targets, kinds }) =>
    [ids, positions, targets, kinds].map(({ buffer }) => buffer as ArrayBuffer),
  );
}
