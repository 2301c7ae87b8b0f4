import { loadavg } from "node:os";
import { join } from "node:path";
import { type ClassificationTask, openBundle, requireDemoBundle } from "v2l";
import { agrees } from "../agreement.js";
import type { Case, CaseOptions, CaseResult } from "../case.js";
import { cells } from "../report.js";
import { THREADS } from "../threads.js";
import { type ContenderName, openContenders } from "./contenders.js";
import { episodes } from "./episodes.js";
import { type Comparison, measure } from "./measure.js";
import { writeRandomModel } from "./random-model.js";

/** Words of an image and queries of an episode: as in the paper's tables, and with several to ask. */
const SETTINGS = [
  { words: 5, queries: 1 },
  { words: 21, queries: 1 },
  { words: 5, queries: 5 },
  { words: 21, queries: 5 },
] as const;

/** All tasks in one call should be this many times as fast as one prompt at a time. */
const TARGET = 3;

const TITLES: Readonly<Record<ContenderName, string>> = {
  together: "all tasks in one call",
  "one-task": "one task a call",
  "one-prompt": "one prompt at a time",
};

/** What was measured in one setting. */
interface Measured extends Comparison {
  readonly words: number;
  readonly queries: number;
  /** Of a round. */
  readonly episodes: number;
  /** Load average over one minute before and after. */
  readonly load: readonly [before: number, after: number];
}

/** 5-way 5-shot recognition by the embedded language model, against the same without sharing. */
export const FEW_SHOT: Case = {
  name: "few-shot",
  run: async ({ tiny, folder }: CaseOptions): Promise<CaseResult> => {
    const [count, rounds] = tiny ? [2, 1] : [8, 5];
    const path = join(folder, "random.gguf");
    await writeRandomModel(path);
    const bundle = await openBundle(requireDemoBundle());
    const { vocabulary } = await bundle.codebook("global");
    const contenders = await openContenders(path, THREADS);
    const results: Measured[] = [];
    for (const setting of SETTINGS) {
      const before = loadavg()[0] as number;
      // New episodes for every round: nothing can be left over from the round before.
      const tasks = Array.from({ length: rounds }, (_, seed): ClassificationTask[] =>
        episodes(vocabulary, setting, count, seed),
      );
      const comparison = await measure(contenders, tasks);
      const load = [before, loadavg()[0] as number] as const;
      results.push({ ...setting, episodes: count, load, ...comparison });
    }
    for (const contender of contenders) await contender.close();
    return report(results, rounds);
  },
};

function report(results: readonly Measured[], rounds: number): CaseResult {
  return {
    title: "Few-shot recognition, with and without sharing",
    figures: { threads: THREADS, rounds, target: TARGET, results },
    markdown: [
      "5-way 5-shot episodes, read by a model of the demo's shape (1.33 million parameters, F16, random " +
        `weights) on ${THREADS} thread${THREADS > 1 ? "s" : ""}. In one process, in turns, on the same ` +
        `episodes, new ones in each of ${rounds} rounds after an unmeasured task:`,
      "",
      "- **all tasks in one call**: `classify` of `v2l` with the queries of all episodes of a round.",
      "- **one task a call**: `classify` with one query at a time. The class names share the prompt, and " +
        "the queries of an episode its examples, as far as the model remembers them from the call before.",
      "- **one prompt at a time**: node-llama-cpp as it comes, without `@v2l/llm`. Each class name is put " +
        "behind the prompt, and the model reads the whole text anew, one text after the other.",
      "",
      "With one query the prompt is shared by the five class names only, with five queries also the " +
        "examples by the queries. Episodes and prompt tokens (of a query, once, whoever reads them how " +
        "often) are per second, by the median round; the speed-up is against one prompt at a time, of the " +
        "medians and, in brackets, over the rounds. Processor seconds are of a round.",
      "",
      "| words | queries | | episodes/s | prompt tokens/s | speed-up | processor seconds | target | load |",
      "|---|---|---|---|---|---|---|---|---|",
      ...results.flatMap(rows),
      "",
      "Probabilities against those of one prompt at a time:",
      "",
      "| words | queries | | values | largest difference | tolerance |",
      "|---|---|---|---|---|---|",
      ...results.flatMap(({ words, queries, agreement }) =>
        agreement.map(({ output, values, largest, tolerance }) =>
          cells([
            `${words}`,
            `${queries}`,
            TITLES[output as ContenderName],
            `${values}`,
            largest.toExponential(1),
            `${tolerance}`,
          ]),
        ),
      ),
    ],
    summary: results.map(line),
    agrees: results.every(({ agreement }) => agrees(agreement)),
  };
}

function rows(measured: Measured): string[] {
  const { words, queries, episodes: count, timings, promptTokens, speedups, load } = measured;
  return (Object.keys(TITLES) as ContenderName[]).map((name) => {
    const { seconds, processorSeconds } = timings[name];
    const { median, perRound } = speedups[name];
    const first = name === "together";
    return cells([
      first ? `${words}` : "",
      first ? `${queries}` : "",
      TITLES[name],
      (count / seconds.median).toFixed(2),
      (promptTokens / seconds.median).toFixed(0),
      `${median.toFixed(2)} (${perRound.min.toFixed(2)} to ${perRound.max.toFixed(2)})`,
      processorSeconds.median.toFixed(2),
      first ? `${TARGET}, ${median >= TARGET ? "met" : "missed"}` : "",
      first ? load.map((value) => value.toFixed(1)).join(" to ") : "",
    ]);
  });
}

function line({ words, queries, episodes: count, timings, speedups }: Measured): string {
  const perSecond = (name: ContenderName) => (count / timings[name].seconds.median).toFixed(2);
  return (
    `few-shot, ${words} words, ${queries} queries: ${perSecond("together")} against ` +
    `${perSecond("one-prompt")} episodes/s, ${speedups.together.median.toFixed(2)} times as fast`
  );
}
