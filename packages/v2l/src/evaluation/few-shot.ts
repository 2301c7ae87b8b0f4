import type { CallOptions } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import {
  type Interval,
  type PairedDifference,
  pairedDifference,
  wilsonInterval,
} from "../metrics/index.js";
import type { Episode, Example } from "../tasks/index.js";
import type { ReadingSetting, Recogniser } from "./recognisers.js";

/** One column of a few-shot evaluation: the language model, or a control. */
export interface FewShotSystem<T extends Example> {
  readonly name: string;
  readonly recognise: Recogniser<T>;
  /** What it is shown instead of the episodes as they are: as many, in their order. */
  readonly change?: (episodes: readonly Episode<T>[]) => readonly Episode<T>[];
}

/** How a system did. */
export interface FewShotResult {
  readonly system: string;
  /** Of the episodes, 0 to 1. */
  readonly accuracy: number;
  /** Wilson's 95% interval, the episodes taken as independent draws. */
  readonly interval: Interval;
  /** A character for each episode in order: `1` right, `0` wrong. Systems are compared pair by pair. */
  readonly outcomes: string;
}

/**
 * Lets every system recognise the query of every episode. All systems get the same episodes, each in one
 * call, so that a language model can batch them. An episode's outcome depends on nothing but the episode,
 * the setting and the system.
 * @param episodes with one query each, as the interval is over independent trials
 * @param options progress counts episodes times systems
 * @throws V2LError INVALID_ARGUMENT for none or for several queries; what the systems throw
 */
export async function evaluateFewShot<T extends Example>(
  episodes: readonly Episode<T>[],
  systems: readonly FewShotSystem<T>[],
  setting: ReadingSetting,
  { signal, onProgress }: CallOptions = {},
): Promise<FewShotResult[]> {
  checkEpisodes(episodes);
  const total = episodes.length * systems.length;
  const results: FewShotResult[] = [];
  for (const { name, recognise, change } of systems) {
    signal?.throwIfAborted();
    const before = results.length * episodes.length;
    const shown = change?.(episodes) ?? episodes;
    const outcomes = await episodeOutcomes(shown, recognise, setting, {
      ...(signal === undefined ? {} : { signal }),
      onProgress: (done) => onProgress?.(before + Math.min(done, episodes.length), total),
    });
    results.push(fewShotResult(name, outcomes));
    onProgress?.(results.length * episodes.length, total);
  }
  return results;
}

/**
 * Lets one system recognise the query of each episode, as it is shown to it.
 * @returns a character for each episode in order: `1` right, `0` wrong
 * @throws V2LError INVALID_ARGUMENT for none or for several queries; what the system throws
 */
export async function episodeOutcomes<T extends Example>(
  episodes: readonly Episode<T>[],
  recognise: Recogniser<T>,
  setting: ReadingSetting,
  options: CallOptions = {},
): Promise<string> {
  checkEpisodes(episodes);
  const labels = await recognise(episodes, setting, options);
  return episodes.map(({ queries }, i) => Number(queries[0]?.output === labels[i])).join("");
}

/** How much better the first of two did on the same episodes. */
export function compareResults(first: FewShotResult, second: FewShotResult): PairedDifference {
  return pairedDifference(outcomeList(first), outcomeList(second));
}

/** How a system did, from its outcomes, see {@link FewShotResult.outcomes}. */
export function fewShotResult(system: string, outcomes: string): FewShotResult {
  const count = [...outcomes].filter((outcome) => outcome === "1").length;
  return {
    system,
    accuracy: count / outcomes.length,
    interval: wilsonInterval(count, outcomes.length),
    outcomes,
  };
}

function outcomeList({ outcomes }: FewShotResult): boolean[] {
  return [...outcomes].map((outcome) => outcome === "1");
}

function checkEpisodes(episodes: readonly Episode<unknown>[]): void {
  const other = episodes.find(({ queries }) => queries.length !== 1);
  if (episodes.length > 0 && other === undefined) return;
  const received = other === undefined ? "no episode" : `${other.queries.length} in one`;
  throw new V2LError("INVALID_ARGUMENT", expected("one query each", "episodes", received));
}
