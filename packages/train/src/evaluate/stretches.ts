import type { CallOptions } from "@v2l/llm";
import { type Journal, type Shard, shardItems, WHOLE } from "v2l";

/** How an evaluation is divided and resumed. */
export interface DividedRun {
  /** Which items. Default all. */
  readonly shard?: Shard;
  /** Folder where outcomes are kept, so that a stopped run goes on. */
  readonly cache: string;
  /** What the outcomes depend on besides: the bundle, the language model, versions. */
  readonly identity: object;
  /** Forget what a stopped run has measured. */
  readonly fresh?: boolean;
}

/** What came of each of some items: an element, or in a text a character. */
export type Outcomes = string | readonly string[];

/** What came of some items, as the journal keeps it. */
export interface StretchEntry<O extends Outcomes> {
  /** What the items are. */
  readonly row: string;
  readonly system: string;
  /** The number of the stretch of the shard's items. */
  readonly stretch: number;
  readonly outcomes: O;
}

/** A language model or a control. */
export interface MeasuredSystem<O extends Outcomes> {
  readonly name: string;
  /** @param items numbers of those to measure, ascending */
  measure(items: readonly number[], options: CallOptions): Promise<O>;
}

export interface StretchOptions extends CallOptions {
  readonly shard?: Shard | undefined;
  /** Items that a language model gets at once, and that are kept together. */
  readonly size: number;
}

/**
 * Lets every system measure a shard of the items, as far as the journal does not know the outcomes yet.
 * @param row names the items in the journal
 * @param length how many items there are in all
 * @returns the outcomes of each system, stretch by stretch
 */
export async function measureStretches<O extends Outcomes>(
  row: string,
  length: number,
  systems: readonly MeasuredSystem<O>[],
  journal: Journal<StretchEntry<O>>,
  { shard = WHOLE, size, signal, onProgress }: StretchOptions,
): Promise<{ readonly system: string; readonly outcomes: readonly O[] }[]> {
  const items = shardItems(length, shard);
  const total = items.length * systems.length;
  const measured: { system: string; outcomes: O[] }[] = [];
  for (const { name: system, measure } of systems) {
    const outcomes: O[] = [];
    for (let first = 0; first < items.length; first += size) {
      signal?.throwIfAborted();
      const stretch = first / size;
      const known = journal.entries.find((entry) => {
        return entry.row === row && entry.system === system && entry.stretch === stretch;
      });
      const before = measured.length * items.length + first;
      const asked = items.slice(first, first + size);
      const found =
        known?.outcomes ??
        (await measure(asked, {
          ...(signal && { signal }),
          onProgress: (done) => onProgress?.(before + Math.min(done, asked.length), total),
        }));
      if (known === undefined) journal.add({ row, system, stretch, outcomes: found });
      outcomes.push(found);
      onProgress?.(before + asked.length, total);
    }
    measured.push({ system, outcomes });
  }
  return measured;
}
