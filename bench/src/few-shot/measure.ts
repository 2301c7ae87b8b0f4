import { fromFloat32 } from "@v2l/nn";
import type { ClassificationTask } from "v2l";
import { type Agreement, compare } from "../agreement.js";
import { summarize, type Times } from "../statistics.js";
import type { Contender, ContenderName } from "./contenders.js";

/** Weights and cache are in half precision, and what is evaluated together differs. */
const TOLERANCE = 0.05;

export interface Timing {
  /** Of a round, by the clock. */
  readonly seconds: Times;
  /** Of a round, of the processor: what other programs do matters less. */
  readonly processorSeconds: Times;
}

export interface Comparison {
  readonly timings: Readonly<Record<ContenderName, Timing>>;
  /** Time of one prompt at a time divided by this contender's: of the medians, and of every round. */
  readonly speedups: Readonly<Record<ContenderName, Speedup>>;
  /** Tokens of all prompts of a round, class names not counted; the mean of the rounds. */
  readonly promptTokens: number;
  /** Probabilities against those of one prompt at a time. */
  readonly agreement: readonly Agreement[];
}

export interface Speedup {
  readonly median: number;
  readonly perRound: Times;
}

/** Every contender answers one task unmeasured, and then they take turns. */
export async function measure(
  contenders: readonly Contender[],
  rounds: readonly (readonly ClassificationTask[])[],
): Promise<Comparison> {
  const runs = contenders.map((contender) => ({
    contender,
    seconds: [] as number[],
    processor: [] as number[],
    probabilities: [] as number[],
    promptTokens: 0,
  }));
  for (const { run } of contenders) await run(rounds[0]?.slice(0, 1) ?? []);
  for (const tasks of rounds) {
    for (const run of runs) {
      const used = process.cpuUsage();
      const begun = performance.now();
      const answers = await run.contender.run(tasks);
      run.seconds.push((performance.now() - begun) / 1000);
      const { user, system } = process.cpuUsage(used);
      run.processor.push((user + system) / 1e6);
      run.probabilities.push(...answers.flatMap(({ probabilities }) => probabilities));
      for (const { promptTokens } of answers) run.promptTokens += promptTokens;
    }
  }
  const reference = runs.at(-1) as (typeof runs)[number];
  const byName = <T>(value: (run: (typeof runs)[number]) => T) =>
    Object.fromEntries(runs.map((run) => [run.contender.name, value(run)])) as Record<
      ContenderName,
      T
    >;
  return {
    timings: byName(({ seconds, processor }) => ({
      seconds: summarize(seconds),
      processorSeconds: summarize(processor),
    })),
    speedups: byName(({ seconds }) => speedup(reference.seconds, seconds)),
    promptTokens: reference.promptTokens / rounds.length,
    agreement: runs.slice(0, -1).flatMap(({ contender, probabilities }) => {
      const output = (values: readonly number[]) =>
        new Map([[contender.name, fromFloat32(Float32Array.from(values), [values.length])]]);
      const bounds = { tolerance: { "*": TOLERANCE }, relative: false };
      return compare(output(probabilities), output(reference.probabilities), bounds);
    }),
  };
}

function speedup(reference: readonly number[], times: readonly number[]): Speedup {
  return {
    median: summarize(reference).median / summarize(times).median,
    perRound: summarize(times.map((time, i) => (reference[i] as number) / time)),
  };
}
