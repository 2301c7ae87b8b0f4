import { createHash } from "node:crypto";
import type { CallOptions } from "@v2l/llm";
import { V2LError } from "@v2l/nn";
import {
  type Episode,
  embedClassNames,
  episodeOutcomes,
  type FewShotResult,
  type FewShotSystem,
  fewShotResult,
  Journal,
  joinItems,
  nearestClassName,
  nearestSupport,
  type ReadingSetting,
  readByModel,
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
import type { FewShotImage, FewShotSet, FewShotSetsOptions } from "./few-shot-sets.js";
import type { LanguageModels } from "./language-models.js";
import { type DividedRun, measureStretches, type StretchEntry } from "./stretches.js";

/** Episodes of the table: ways and shots. */
const SHAPES = [
  [2, 1],
  [5, 1],
  [5, 5],
] as const;

/** Episodes that are asked and kept together. */
const STRETCH = 100;

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

export interface FewShotRunOptions extends FewShotOptions, DividedRun {}

/** Episodes of one row of the table. */
export interface FewShotTask extends Pick<FewShotRow, "set" | "ways" | "shots"> {
  readonly episodes: readonly Episode<FewShotImage>[];
  /** Images whose words may be shuffled in. */
  readonly donors: readonly FewShotImage[];
}

/**
 * Recognition from a few examples on images of known class, by the language model and by its controls on
 * the same episodes.
 * @returns what this shard knows of each row, for {@link summarizeFewShot}
 */
export function measureFewShotSets(
  v2l: Pick<V2L, "embedText">,
  models: LanguageModels,
  sets: readonly FewShotSet[],
  options: FewShotRunOptions,
): Promise<FewShotPart[]> {
  const { episodes: count, seed } = options;
  const tasks = sets.flatMap(({ name: set, sources }) => {
    const donors = sources.flatMap(({ support, queries = [] }) => [...support, ...queries]);
    return SHAPES.map(([ways, shots]): FewShotTask => {
      const episodes = sampleFromSources(sources, count, { ways, shots, seed });
      return { set, ways, shots, episodes, donors };
    });
  });
  return measureFewShotTasks(v2l, models, tasks, options);
}

/** {@link measureFewShotSets} for episodes that are there already, such as those of an official split. */
export async function measureFewShotTasks(
  v2l: Pick<V2L, "embedText">,
  models: LanguageModels,
  tasks: readonly FewShotTask[],
  options: FewShotRunOptions,
): Promise<FewShotPart[]> {
  const { episodes: count, seed, setting, signal, onEvent, shard = WHOLE, cache } = options;
  const images = digestOf(tasks);
  const identity = { ...options.identity, episodes: count, seed, setting, shard, images };
  const journal = Journal.open<StretchEntry<string>>(cache, "eval-fewshot", identity, options);
  const classes = [...new Set(tasks.flatMap(({ donors }) => donors.map(({ output }) => output)))];
  const invented = inventedNames(INVENTED_NAMES, seed, classes);
  onEvent?.({ type: "prepare", what: "class names", done: 0, total: 1 });
  const embeddings = await embedNames(v2l, [...classes, ...invented], signal);
  onEvent?.({ type: "prepare", what: "class names", done: 1, total: 1 });
  const parts: FewShotPart[] = [];
  for (const { set, ways, shots, episodes, donors } of tasks) {
    const room = Math.max(...episodes.map((one) => one.support.length + one.queries.length));
    const shuffled = donors.length > room ? donors : null;
    const systems = fewShotSystems(models, { embeddings, invented, donors: shuffled, seed });
    const row = `${set}, ${ways}-way ${shots}-shot`;
    const asked = systems.map(({ name, recognise, change }) => {
      // All of them: what a control shows may depend on those before.
      const shown = change?.(episodes) ?? episodes;
      const measure = (items: readonly number[], call: CallOptions) => {
        const some = items.map((item) => shown[item] as Episode<FewShotImage>);
        return episodeOutcomes(some, recognise, setting, call);
      };
      return { name, measure };
    });
    const measured = await measureStretches(row, episodes.length, asked, journal, {
      shard,
      size: STRETCH,
      ...(signal && { signal }),
      onProgress: (done, total) => onEvent?.({ type: "prepare", what: row, done, total }),
    });
    const outcomes = measured.map(({ system, outcomes: pieces }) => {
      return { system, outcomes: pieces.join("") };
    });
    parts.push({ set, ways, shots, systems: outcomes });
  }
  return parts;
}

/** A hash of all that is read of the episodes: other images, or other words of them, are other outcomes. */
function digestOf(tasks: readonly FewShotTask[]): string {
  const hash = createHash("sha256");
  for (const { episodes } of tasks) {
    for (const { support, queries } of episodes) {
      for (const { output, words } of [...support, ...queries]) {
        hash.update(`${output}\n${words.join("\t")}\n`);
      }
    }
  }
  return hash.digest("hex");
}

/** CLIP's embeddings of names; null where the bundle's CLIP cannot read. */
async function embedNames(
  v2l: Pick<V2L, "embedText">,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Float32Array> | null> {
  try {
    return await embedClassNames(v2l, names, { ...(signal && { signal }) });
  } catch (error) {
    if (error instanceof V2LError && error.code === "UNSUPPORTED") return null;
    throw error;
  }
}

/**
 * The rows of the table.
 * @param shards what {@link measureFewShotSets} gave for each shard in order: together all episodes
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
      return fewShotResult(system, joinItems(pieces).join(""));
    }),
  }));
}

interface SystemParts {
  /** Of all class names, also the invented ones; null where the bundle's CLIP cannot read. */
  readonly embeddings: ReadonlyMap<string, Float32Array> | null;
  readonly invented: readonly string[];
  /** Images whose words may be shuffled in; null where there are too few for an episode. */
  readonly donors: readonly FewShotImage[] | null;
  readonly seed: number;
}

/** The columns of the table in their order. */
export function fewShotSystems(
  { llm, untrained }: LanguageModels,
  { embeddings, invented, donors, seed }: SystemParts,
): FewShotSystem<FewShotImage>[] {
  type Episodes = readonly Episode<FewShotImage>[];
  const recognise = readByModel(llm);
  const rename = (episodes: Episodes) => withNames(episodes, invented, seed);
  const shuffled = donors && {
    name: "shuffled words",
    recognise,
    change: (episodes: Episodes) => withShuffledWords(episodes, donors, seed),
  };
  const clip = embeddings && nearestClassName(embeddings);
  return [
    { name: "language model", recognise },
    { name: "invented names", recognise, change: rename },
    ...(shuffled ? [shuffled] : []),
    { name: "no words", recognise, change: withoutWords },
    ...(clip
      ? [
          { name: "CLIP text", recognise: clip },
          { name: "CLIP text, invented names", recognise: clip, change: rename },
        ]
      : []),
    { name: "word overlap", recognise: nearestSupport },
    ...(untrained ? [{ name: "random weights", recognise: readByModel(untrained) }] : []),
  ];
}

/**
 * Names that no model has seen as a label: invented words of the part held out from training.
 * @param classes names that are none of them, besides the demo world's objects
 */
export function inventedNames(
  count: number,
  seed: number,
  classes: readonly string[] = [],
): string[] {
  const random = randomFor(seed, "invented names");
  const taken = new Set([...NOUNS.map(({ name }) => name), ...classes]);
  const names = new Set<string>();
  while (names.size < count) {
    const name = inventedWord(random, "validation");
    if (!taken.has(name)) names.add(name);
  }
  return [...names];
}
