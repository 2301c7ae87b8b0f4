import { expected, Random, V2LError } from "@v2l/nn";
import { checkWholeNumber } from "../whole-number.js";
import type { ClassificationTask } from "./classify.js";
import type { Example } from "./prompt.js";

/** One few-shot experiment: images of known class, and images to recognise. */
export interface Episode<T> {
  readonly classes: readonly string[];
  /** In the order of the prompt; `output` is the class. */
  readonly support: readonly T[];
  readonly queries: readonly T[];
}

export interface EpisodeOptions<T> {
  /** Classes of an episode. */
  readonly ways: number;
  /** Support images of each class. */
  readonly shots: number;
  /** Images to recognise, each of a class drawn at random. Default 1, as in the official splits. */
  readonly queries?: number;
  /**
   * Where the queries come from, for instance another style of the same classes: a set that shares no
   * entry with the first. Default: the set itself.
   */
  readonly queriesFrom?: readonly T[];
  readonly seed: number;
}

/**
 * Draws n-way k-shot episodes from any set whose entries have their class as `output`. Classes and
 * entries are drawn without repetition inside an episode, also between support and queries; the order of
 * the support tells nothing about the classes. Equal seeds give equal episodes, and a larger count
 * only adds to them.
 * @throws V2LError INVALID_ARGUMENT where fewer than `ways` classes have enough entries.
 */
export function sampleEpisodes<T extends { readonly output: string }>(
  set: readonly T[],
  count: number,
  options: EpisodeOptions<T>,
): Episode<T>[] {
  const { ways, shots, queries = 1, queriesFrom = set, seed } = options;
  for (const [name, value] of Object.entries({ count, ways, shots, queries })) {
    checkWholeNumber(value, name, 1);
  }
  const support = byClass(set);
  const query = byClass(queriesFrom);
  const needed = queriesFrom === set ? shots + queries : shots;
  const classes = [...support.keys()].filter((name) => {
    return sizeOf(support, name) >= needed && sizeOf(query, name) >= queries;
  });
  if (classes.length < ways) {
    const what = `${ways} classes with ${needed} images to show and ${queries} to ask about`;
    throw new V2LError("INVALID_ARGUMENT", expected(what, "set", `${classes.length} of them`));
  }
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const drawn = draw(random, classes, ways);
    const examples = drawn.flatMap((name) => draw(random, support.get(name) as T[], shots));
    const left = new Map(
      drawn.map((name) => {
        const entries = (query.get(name) as T[]).filter((entry) => !examples.includes(entry));
        return [name, random.shuffle(entries)];
      }),
    );
    const asked = Array.from({ length: queries }, () => {
      return left.get(drawn[random.integer(ways)] as string)?.pop() as T;
    });
    return { classes: drawn, support: random.shuffle(examples), queries: asked };
  });
}

/** The tasks of an episode, one for each query. */
export function episodeTasks({
  classes,
  support,
  queries,
}: Episode<Example>): ClassificationTask[] {
  return queries.map(({ words }) => ({ classes, examples: support, query: words }));
}

function byClass<T extends { readonly output: string }>(set: readonly T[]): Map<string, T[]> {
  const classes = new Map<string, T[]>();
  for (const entry of set) classes.set(entry.output, [...(classes.get(entry.output) ?? []), entry]);
  return classes;
}

function sizeOf<T>(classes: ReadonlyMap<string, readonly T[]>, name: string): number {
  return classes.get(name)?.length ?? 0;
}

/** `count` different ones, in random order. */
function draw<T>(random: Random, from: readonly T[], count: number): T[] {
  return random.shuffle([...from]).slice(0, count);
}
