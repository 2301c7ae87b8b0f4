import { expected, Random, V2LError } from "@v2l/nn";
import { type Episode, type EpisodeOptions, sampleEpisodes } from "../tasks/index.js";

/** Where episodes come from: entries that have their class as `output`. */
export interface EpisodeSource<T> {
  readonly support: readonly T[];
  /** Entries to ask about, none of which is in `support`. Default: those of `support`. */
  readonly queries?: readonly T[];
}

/** Seeds of the sources of one experiment lie this far apart. */
const SEED_STEP = 0x9e3779b1;

/**
 * Draws episodes from several sources, for instance the pairs of two styles: for each episode the source
 * at random, then the episode as `sampleEpisodes` does. All images of an episode are of one source. Equal
 * seeds give equal episodes, and a larger count only adds to them.
 * @throws V2LError INVALID_ARGUMENT where there is no source, or one has too few classes
 */
export function sampleFromSources<T extends { readonly output: string }>(
  sources: readonly EpisodeSource<T>[],
  count: number,
  options: Omit<EpisodeOptions<T>, "queriesFrom">,
): Episode<T>[] {
  if (sources.length === 0) {
    throw new V2LError("INVALID_ARGUMENT", expected("at least one source", "sources", "none"));
  }
  const random = new Random(options.seed);
  const order = Array.from({ length: count }, () => random.integer(sources.length));
  const drawn = sources.map(({ support, queries = support }, i) => {
    const needed = order.filter((source) => source === i).length;
    const seed = options.seed + (i + 1) * SEED_STEP;
    // A source of which nothing is drawn is checked all the same.
    return sampleEpisodes(support, Math.max(1, needed), { ...options, queriesFrom: queries, seed });
  });
  const next = sources.map(() => 0);
  return order.map((source) => {
    const at = next[source] as number;
    next[source] = at + 1;
    return drawn[source]?.[at] as Episode<T>;
  });
}
