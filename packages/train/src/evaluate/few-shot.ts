import {
  type Episode,
  embedClassNames,
  type FewShotResult,
  type FewShotSystem,
  fewShotResult,
  Journal,
  nearestClassName,
  nearestSupport,
  type ReadingSetting,
  readByModel,
  type Shard,
  sampleFromSources,
  type V2L,
  WHOLE,
  withNames,
  withoutWords,
  withShuffledWords,
} from "v2l";
import { inventedWord } from "../llm/corpus/invented-words.js";
import { randomFor } from "../run/random.js";
import { NOUNS } from "../world/index.js";
import { type FewShotEntry, measureEpisodes, wholeOutcomes } from "./episode-shards.js";
import type { FewShotImage, FewShotSet, FewShotSetsOptions } from "./few-shot-sets.js";
import type { LanguageModels } from "./language-models.js";

/** Episodes of the table: ways and shots. */
const SHAPES = [
  [2, 1],
  [5, 1],
  [5, 5],
] as const;

/** Invented names to draw from; more would only cost CLIP's time. */
const INVENTED_NAMES = 60;

/** How episodes are drawn and read. */
export interface FewShotOptions extends Pick<FewShotSetsOptions, "signal" | "onEvent"> {
  /** Episodes of each row. */
  readonly episodes: number;
  readonly seed: number;
  readonly setting: ReadingSetting;
}

/** One row of the table: a set, a shape of episodes, and how every system did on the same episodes. */
export interface FewShotRow {
  readonly set: string;
  readonly ways: number;
  readonly shots: number;
  /** Expected of guessing: 1 / ways. */
  readonly chance: number;
  /** The language model first, see {@link fewShotSystems}. */
  readonly systems: readonly FewShotResult[];
}

/** What a shard knows of one row: a system's outcomes on its episodes, in their order. */
export interface FewShotPart extends Pick<FewShotRow, "set" | "ways" | "shots"> {
  readonly systems: readonly { readonly system: string; readonly outcomes: string }[];
}

/** How a run is divided and resumed. */
export interface FewShotRunOptions extends FewShotOptions {
  /** Which episodes. Default all. */
  readonly shard?: Shard;
  /** Folder where outcomes are kept, so that a stopped run goes on. */
  readonly cache: string;
  /** What the outcomes depend on besides: the bundle, the language model, versions. */
  readonly identity: object;
  /** Forget what a stopped run has measured. */
  readonly fresh?: boolean;
}

/**
 * Recognition from a few examples on the demo world, by the language model and by its controls on the
 * same episodes.
 * @returns what this shard knows of each row, for {@link summarizeFewShot}
 */
export async function measureDemoFewShot(
  v2l: Pick<V2L, "embedText">,
  models: LanguageModels,
  sets: readonly FewShotSet[],
  options: FewShotRunOptions,
): Promise<FewShotPart[]> {
  const { episodes: count, seed, setting, signal, onEvent, shard = WHOLE, cache } = options;
  const identity = { ...options.identity, episodes: count, seed, setting, shard };
  const journal = Journal.open<FewShotEntry>(cache, "eval-fewshot", identity, options);
  const invented = inventedNames(INVENTED_NAMES, seed);
  const names = [...NOUNS.map(({ name }) => name), ...invented];
  onEvent?.({ type: "prepare", what: "class names", done: 0, total: 1 });
  const embeddings = await embedClassNames(v2l, names, { ...(signal && { signal }) });
  onEvent?.({ type: "prepare", what: "class names", done: 1, total: 1 });
  const parts: FewShotPart[] = [];
  for (const { name: set, sources } of sets) {
    const donors = sources.flatMap(({ support, queries = [] }) => [...support, ...queries]);
    const systems = fewShotSystems(models, { embeddings, invented, donors, seed });
    for (const [ways, shots] of SHAPES) {
      const episodes = sampleFromSources(sources, count, { ways, shots, seed });
      const row = `${set}, ${ways}-way ${shots}-shot`;
      const outcomes = await measureEpisodes(row, episodes, systems, setting, journal, {
        shard,
        ...(signal && { signal }),
        onProgress: (done, total) => onEvent?.({ type: "prepare", what: row, done, total }),
      });
      parts.push({ set, ways, shots, systems: outcomes });
    }
  }
  return parts;
}

/**
 * The rows of the table.
 * @param shards what {@link measureDemoFewShot} gave for each shard in order: together all episodes
 */
export function summarizeFewShot(shards: readonly (readonly FewShotPart[])[]): FewShotRow[] {
  const [first = []] = shards;
  return first.map(({ set, ways, shots, systems }, row) => ({
    set,
    ways,
    shots,
    chance: 1 / ways,
    systems: systems.map(({ system }, i) => {
      const pieces = shards.map((parts) => parts[row]?.systems[i]?.outcomes ?? "");
      return fewShotResult(system, wholeOutcomes(pieces));
    }),
  }));
}

interface SystemParts {
  /** Of all class names, also the invented ones. */
  readonly embeddings: ReadonlyMap<string, Float32Array>;
  readonly invented: readonly string[];
  /** Images whose words may be shuffled in. */
  readonly donors: readonly FewShotImage[];
  readonly seed: number;
}

/** The columns of the table in their order. */
export function fewShotSystems(
  { llm, untrained }: LanguageModels,
  { embeddings, invented, donors, seed }: SystemParts,
): FewShotSystem<FewShotImage>[] {
  type Episodes = readonly Episode<FewShotImage>[];
  const recognise = readByModel(llm);
  const clip = nearestClassName(embeddings);
  const rename = (episodes: Episodes) => withNames(episodes, invented, seed);
  const shuffle = (episodes: Episodes) => withShuffledWords(episodes, donors, seed);
  const systems: FewShotSystem<FewShotImage>[] = [
    { name: "language model", recognise },
    { name: "invented names", recognise, change: rename },
    { name: "shuffled words", recognise, change: shuffle },
    { name: "no words", recognise, change: withoutWords },
    { name: "CLIP text", recognise: clip },
    { name: "CLIP text, invented names", recognise: clip, change: rename },
    { name: "word overlap", recognise: nearestSupport },
  ];
  if (untrained === null) return systems;
  return [...systems, { name: "random weights", recognise: readByModel(untrained) }];
}

/** Names that no model has seen as a label: invented words of the part held out from training. */
export function inventedNames(count: number, seed: number): string[] {
  const random = randomFor(seed, "invented names");
  const taken = new Set(NOUNS.map(({ name }) => name));
  const names = new Set<string>();
  while (names.size < count) {
    const name = inventedWord(random, "validation");
    if (!taken.has(name)) names.add(name);
  }
  return [...names];
}
