import type { LanguageModel } from "@v2l/llm";
import {
  compareResults,
  type Episode,
  evaluateFewShot,
  type FewShotResult,
  type PairedDifference,
  type ReadingSetting,
  readByModel,
  sampleFromSources,
  withShots,
  withShuffledWords,
  withWords,
} from "v2l";
import type { FewShotOptions } from "./few-shot.js";
import type { FewShotImage, FewShotSet } from "./few-shot-sets.js";

/** Whether what the paper observed is there too, by the 95% interval of the difference. */
export type Verdict = "holds" | "does not hold" | "undecided";

/** One of the paper's observations on one set: the first of two ways to ask against the second. */
export interface Observation {
  readonly name: string;
  readonly set: string;
  readonly first: FewShotResult;
  readonly second: FewShotResult;
  /** Of the same episodes. */
  readonly difference: PairedDifference;
  readonly verdict: Verdict;
}

const WAYS = 5;
const MOST_SHOTS = 5;

type Episodes = readonly Episode<FewShotImage>[];

/** One way to ask. */
interface Variant {
  readonly shots: number;
  readonly setting: ReadingSetting;
  readonly change?: (episodes: Episodes) => Episodes;
}

/**
 * Tests the paper's observations with 5 classes and, where it says nothing else, one shot: more shots
 * help, repeating the examples helps, the instruction helps, more words help, bigrams and trigrams
 * against subwords alone; as a control, that the words of other images do not do. All ways to ask get the same classes and queries, and fewer shots are some
 * of more shots, so that differences are paired.
 */
export async function testObservations(
  llm: LanguageModel,
  sets: readonly FewShotSet[],
  { episodes: count, seed, setting, signal, onEvent }: FewShotOptions,
): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const { name: set, sources } of sets) {
    const images = sources.flatMap(({ support, queries = [] }) => [...support, ...queries]);
    const variants = askedVariants(setting, images, seed);
    const episodes = sampleFromSources(sources, count, { ways: WAYS, shots: MOST_SHOTS, seed });
    const results = new Map<string, FewShotResult>();
    for (const [name, variant] of Object.entries<Variant>(variants)) {
      const shown = withShots(episodes, variant.shots);
      const [result] = await evaluateFewShot(
        variant.change?.(shown) ?? shown,
        [{ name, recognise: readByModel(llm) }],
        variant.setting,
        {
          ...(signal && { signal }),
          onProgress: (done, total) => {
            onEvent?.({ type: "prepare", what: `${set}, ${name}`, done, total });
          },
        },
      );
      results.set(name, result as FewShotResult);
    }
    observations.push(...PAIRS.map((pair) => observe(pair, set, results)));
  }
  return observations;
}

/** The ways to ask by their names. */
function askedVariants(setting: ReadingSetting, images: readonly FewShotImage[], seed: number) {
  const base = { ...setting, instruction: true, repeats: 0 };
  return {
    "1 shot": { shots: 1, setting: base },
    "3 shots": { shots: 3, setting: base },
    "5 shots": { shots: 5, setting: base },
    "no instruction": { shots: 1, setting: { ...base, instruction: false } },
    "repeated once": { shots: 1, setting: { ...base, repeats: 1 } },
    "1 word": { shots: 1, setting: { ...base, words: 1 } },
    "3 words": { shots: 1, setting: { ...base, words: 3 } },
    "5 words": { shots: 1, setting: { ...base, words: 5 } },
    "10 words": { shots: 1, setting: { ...base, words: 10 } },
    "21 words": { shots: 1, setting: { ...base, words: 21 } },
    "words of other images": {
      shots: 1,
      setting: base,
      change: (episodes: Episodes) => withShuffledWords(episodes, images, seed),
    },
    "subwords alone": {
      shots: 1,
      setting: base,
      change: (episodes: Episodes) => withWords(episodes, ({ subwords }) => subwords),
    },
  } satisfies Record<string, Variant>;
}

type VariantName = keyof ReturnType<typeof askedVariants>;

/** An observation: what is said to be better, and than what. */
type Pair = readonly [name: string, first: VariantName, second: VariantName];

const PAIRS: readonly Pair[] = [
  ["3 shots against 1", "3 shots", "1 shot"],
  ["5 shots against 3", "5 shots", "3 shots"],
  ["5 shots against 1", "5 shots", "1 shot"],
  ["the instruction against none", "1 shot", "no instruction"],
  ["examples given twice against once", "repeated once", "1 shot"],
  ["3 words against 1", "3 words", "1 word"],
  ["5 words against 3", "5 words", "3 words"],
  ["10 words against 5", "10 words", "5 words"],
  ["21 words against 5", "21 words", "5 words"],
  ["the images' words against those of others (control)", "1 shot", "words of other images"],
  ["bigrams and trigrams against subwords alone", "1 shot", "subwords alone"],
];

function observe(
  [name, better, worse]: Pair,
  set: string,
  results: ReadonlyMap<string, FewShotResult>,
): Observation {
  const first = results.get(better) as FewShotResult;
  const second = results.get(worse) as FewShotResult;
  const difference = compareResults(first, second);
  return { name, set, first, second, difference, verdict: verdictOf(difference) };
}

/** Above zero it holds, below zero it does not; an interval with zero decides nothing. */
function verdictOf({ interval }: PairedDifference): Verdict {
  if (interval.low > 0) return "holds";
  return interval.high < 0 ? "does not hold" : "undecided";
}
