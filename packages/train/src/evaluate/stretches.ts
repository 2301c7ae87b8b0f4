import type { CallOptions } from "@v2l/llm";
import {
  type Episode,
  type Example,
  episodeOutcomes,
  type FewShotSystem,
  type Journal,
  type ReadingSetting,
  type Shard,
  shardItems,
} from "v2l";

/** Outcomes of some episodes, as the journal keeps them. */
export interface FewShotEntry {
  /** Set and shape of the episodes. */
  readonly row: string;
  readonly system: string;
  /** The number of the stretch of the shard's episodes. */
  readonly stretch: number;
  /** A character for each episode. */
  readonly outcomes: string;
}

export interface EpisodeShardOptions extends CallOptions {
  readonly shard: Shard;
}

/** Episodes that a language model gets at once, and that are kept together. */
const STRETCH = 100;

/**
 * Lets every system recognise the queries of a shard's episodes, as far as the journal does not know the
 * outcomes yet.
 * @param row names the episodes in the journal
 * @param episodes all of them: what a control shows may depend on those before
 */
export async function measureEpisodes<T extends Example>(
  row: string,
  episodes: readonly Episode<T>[],
  systems: readonly FewShotSystem<T>[],
  setting: ReadingSetting,
  journal: Journal<FewShotEntry>,
  { shard, signal, onProgress }: EpisodeShardOptions,
): Promise<{ readonly system: string; readonly outcomes: string }[]> {
  const items = shardItems(episodes.length, shard);
  const total = items.length * systems.length;
  const measured: { system: string; outcomes: string }[] = [];
  for (const { name: system, recognise, change } of systems) {
    const shown = change?.(episodes) ?? episodes;
    let outcomes = "";
    for (let first = 0; first < items.length; first += STRETCH) {
      signal?.throwIfAborted();
      const stretch = first / STRETCH;
      const known = journal.entries.find((entry) => {
        return entry.row === row && entry.system === system && entry.stretch === stretch;
      });
      const before = measured.length * items.length + first;
      const asked = items.slice(first, first + STRETCH).map((item) => shown[item] as Episode<T>);
      const found =
        known?.outcomes ??
        (await episodeOutcomes(asked, recognise, setting, {
          ...(signal && { signal }),
          onProgress: (done) => onProgress?.(before + Math.min(done, asked.length), total),
        }));
      if (known === undefined) journal.add({ row, system, stretch, outcomes: found });
      outcomes += found;
      onProgress?.(before + asked.length, total);
    }
    measured.push({ system, outcomes });
  }
  return measured;
}

/** Outcomes of all episodes in their order, from those of the shards in theirs. */
export function wholeOutcomes(shards: readonly string[]): string {
  const length = shards.reduce((sum, { length: one }) => sum + one, 0);
  return Array.from({ length }, (_, episode) => {
    return shards[episode % shards.length]?.[Math.floor(episode / shards.length)] ?? "";
  }).join("");
}
