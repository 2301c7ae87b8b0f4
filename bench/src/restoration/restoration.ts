import { loadavg } from "node:os";
import { join } from "node:path";
import { type LanguageModel, openEmbedded } from "@v2l/llm";
import { GlyphAtlas, renderScene, sceneSpec } from "@v2l/train";
import {
  type Image,
  type Restoration,
  type RestorationProtocol,
  type RestoreOptions,
  readReferences,
  restore,
  V2L,
} from "v2l";
import type { Case, CaseOptions, CaseResult } from "../case.js";
import { writeRandomModel } from "../few-shot/random-model.js";
import { cells } from "../report.js";
import { summarize, type Times } from "../statistics.js";
import { THREADS } from "../threads.js";
import { OnePromptModel } from "./one-prompt-model.js";
import { RuntimeClock } from "./runtime-clock.js";
import { withGenerate } from "./with-generate.js";

/** Batched should be this many times as fast as one prompt for each window in the official order. */
const TARGET = 5;
/** Share of the tokens that must be the same: precision is half, and near ties go either way. */
const SAME = 0.95;
const SIDE = 128;

/** What is restored how. */
interface Setting {
  readonly name: string;
  readonly options: RestoreOptions & { readonly protocol: RestorationProtocol };
}

const SETTINGS: readonly Setting[] = [
  { name: "paper's prompts", options: { protocol: "paper" } },
  { name: "blind, 64 examples in common (default)", options: { protocol: "blind" } },
  {
    name: "blind, 8 similar examples",
    options: { protocol: "blind", choose: "similar", examples: 8 },
  },
];

/** One of the two, over all rounds. */
interface Timing {
  /** Of a picture, encoding and decoding included. */
  readonly seconds: Times;
  /** Of a picture, the language model's alone. */
  readonly modelSeconds: Times;
  readonly processorSeconds: Times;
  readonly promptsPerSecond: number;
  /** Of the time by the clock, median round. */
  readonly runtimeShare: number;
}

interface Measured {
  readonly setting: string;
  readonly prompts: number;
  readonly promptTokens: number;
  readonly batched: Timing;
  readonly official: Timing;
  /** Of the whole, and of the language model's part alone, round by round. */
  readonly speedup: Times;
  readonly modelSpeedup: Times;
  readonly sameTokens: number;
  readonly load: readonly [before: number, after: number];
}

/** Deblurring one picture with the demo bundle: prompts in waves against one after the other. */
export const RESTORATION: Case = {
  name: "restoration",
  run: async ({ tiny, folder }: CaseOptions): Promise<CaseResult> => {
    const rounds = tiny ? 1 : 5;
    const path = join(folder, "random.gguf");
    await writeRandomModel(path);
    const clock = RuntimeClock.install();
    const ours = await openEmbedded(path, { gpu: false, threads: THREADS });
    const official = await OnePromptModel.open(path, THREADS);
    const v2l = await V2L.load(undefined, { threads: THREADS });
    const pictures = await scenes(rounds + 2);
    const references = await readReferences(v2l, pictures.slice(rounds), "deblur");
    const results: Measured[] = [];
    for (const { name, options } of SETTINGS) {
      const before = loadavg()[0] as number;
      const all = { ...options, references };
      const measured = await measure(
        clock,
        v2l,
        [ours, official.model],
        pictures.slice(0, rounds),
        all,
      );
      const load = [before, loadavg()[0] as number] as const;
      results.push({ setting: name, ...measured, load });
    }
    await ours.close();
    await official.close();
    await v2l.dispose();
    return report(results, rounds);
  },
};

async function scenes(count: number): Promise<Image[]> {
  const atlas = await GlyphAtlas.load();
  return Array.from({ length: count }, (_, i) => {
    const data = renderScene(sceneSpec(i, { split: "validation", objects: [1, 2] }), atlas);
    return { width: SIDE, height: SIDE, data };
  });
}

/** A model that counts what it is asked, and the milliseconds that answering took. */
function counting(model: LanguageModel) {
  const counts = { prompts: 0, tokens: 0, milliseconds: 0 };
  const counted = withGenerate(model, async (items, options) => {
    counts.prompts += items.length;
    counts.tokens += items.reduce((sum, { prompt }) => sum + prompt.length, 0);
    const begun = performance.now();
    const generated = await model.generate(items, options);
    counts.milliseconds += performance.now() - begun;
    return generated;
  });
  return { model: counted, counts };
}

/** Both restore each picture in turns, after one that does not count. */
async function measure(
  clock: RuntimeClock,
  v2l: V2L,
  models: readonly [batched: LanguageModel, official: LanguageModel],
  pictures: readonly Image[],
  options: RestoreOptions,
): Promise<Omit<Measured, "setting" | "load">> {
  const runs = models.map((model) => ({
    ...counting(model),
    seconds: [] as number[],
    modelSeconds: [] as number[],
    processor: [] as number[],
    shares: [] as number[],
    restored: [] as Restoration[],
  }));
  for (const model of models) await restore(v2l, model, pictures[0] as Image, "deblur", options);
  for (const picture of pictures) {
    for (const run of runs) {
      const [used, inside, begun] = [process.cpuUsage(), clock.seconds, performance.now()];
      const answered = run.counts.milliseconds;
      run.restored.push(await restore(v2l, run.model, picture, "deblur", options));
      const seconds = (performance.now() - begun) / 1000;
      const { user, system } = process.cpuUsage(used);
      run.seconds.push(seconds);
      run.modelSeconds.push((run.counts.milliseconds - answered) / 1000);
      run.processor.push((user + system) / 1e6);
      run.shares.push((clock.seconds - inside) / seconds);
    }
  }
  const [batched, official] = runs as [(typeof runs)[number], (typeof runs)[number]];
  const prompts = batched.counts.prompts / pictures.length;
  const timing = ({ seconds, modelSeconds, processor, shares }: (typeof runs)[number]): Timing => ({
    seconds: summarize(seconds),
    modelSeconds: summarize(modelSeconds),
    processorSeconds: summarize(processor),
    promptsPerSecond: prompts / summarize(modelSeconds).median,
    runtimeShare: summarize(shares).median,
  });
  return {
    prompts,
    promptTokens: batched.counts.tokens / batched.counts.prompts,
    batched: timing(batched),
    official: timing(official),
    speedup: speedup(official.seconds, batched.seconds),
    modelSpeedup: speedup(official.modelSeconds, batched.modelSeconds),
    sameTokens: sameTokens(batched.restored, official.restored),
  };
}

function speedup(reference: readonly number[], times: readonly number[]): Times {
  return summarize(reference.map((time, i) => time / (times[i] as number)));
}

/** Share of cells with equal tokens. */
export function sameTokens(
  one: readonly Pick<Restoration, "tokens">[],
  other: readonly Pick<Restoration, "tokens">[],
): number {
  const shares = one.map(({ tokens }, i) => {
    const grid = other[i]?.tokens.localTokens.grid;
    const { grid: own } = tokens.localTokens;
    return own.filter((id, cell) => id === grid?.[cell]).length / own.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function report(results: readonly Measured[], rounds: number): CaseResult {
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  const times = ({ median, min, max }: Times) => {
    return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
  };
  const row = (measured: Measured, name: "batched" | "official") => {
    const { seconds, processorSeconds, promptsPerSecond, runtimeShare } = measured[name];
    const first = name === "batched";
    const verdict = measured.speedup.median >= TARGET ? "met" : "missed";
    return cells([
      first ? measured.setting : "",
      first ? "in waves" : "one prompt a window",
      seconds.median.toFixed(2),
      promptsPerSecond.toFixed(1),
      first ? `${times(measured.speedup)}, ${TARGET} ${verdict}` : "",
      first ? times(measured.modelSpeedup) : "",
      percent(runtimeShare),
      processorSeconds.median.toFixed(2),
      first ? percent(measured.sameTokens) : "",
      first ? measured.load.map((value) => value.toFixed(1)).join(" to ") : "",
    ]);
  };
  return {
    title: "Restoration, in waves and one prompt at a time",
    figures: { threads: THREADS, rounds, target: TARGET, results },
    markdown: [
      "Deblurring one picture with the demo bundle, encoding and decoding included, by a model of the " +
        `demo's shape (F16, random weights) on ${THREADS} thread${THREADS > 1 ? "s" : ""}: in one ` +
        `process, in turns, a new picture in each of ${rounds} rounds after an unmeasured one.`,
      "",
      "- **in waves**: `restore` of `v2l` with the embedded model: prompts are evaluated together, and what " +
        "they begin with in common once.",
      "- **one prompt a window**: the same `restore`, on a model that answers in the official order: one " +
        "prompt after the other, each read from its beginning, by node-llama-cpp as it comes.",
      "",
      ...results.map(({ setting, prompts, promptTokens }) => {
        return `${setting}: ${prompts} prompts of ${promptTokens.toFixed(0)} tokens on average.  `;
      }),
      "",
      "Seconds are of a picture, by the median round; prompts per second count the language model's time " +
        "alone. The speed-up is that of the median round and, in brackets, over the rounds; of the whole " +
        "picture, and of the prompts alone.",
      "",
      "| | | seconds | prompts/s | speed-up | of the prompts alone | inside llama.cpp | processor seconds | same tokens | load |",
      "|---|---|---|---|---|---|---|---|---|---|",
      ...results.flatMap((one) => [row(one, "batched"), row(one, "official")]),
    ],
    summary: results.map(({ setting, batched, official, speedup }) => {
      return (
        `restoration, ${setting}: ${batched.promptsPerSecond.toFixed(1)} against ` +
        `${official.promptsPerSecond.toFixed(1)} prompts/s, ${speedup.median.toFixed(2)} times as fast, ` +
        `${percent(batched.runtimeShare)} inside llama.cpp`
      );
    }),
    agrees: results.every((one) => one.sameTokens >= SAME),
  };
}
