import { loadavg } from "node:os";
import { type Agreement, compare } from "./agreement.js";
import type { Part } from "./parts.js";
import { type Memory, Side, type SideName } from "./side.js";
import { summarize, type Times } from "./statistics.js";
import { readWorkload } from "./workload.js";

export interface SideResult {
  readonly times: Times;
  /** Null where the system does not tell. */
  readonly memory: Memory | null;
  readonly versions: Readonly<Record<string, string>>;
}

export interface PartResult {
  readonly part: Part;
  readonly sides: Readonly<Record<SideName, SideResult>>;
  /** PyTorch's median divided by v2l's. */
  readonly speedup: number;
  /** The same of every round. */
  readonly perRound: Times;
  readonly agreement: readonly Agreement[];
  /** Load average over one minute before and after the rounds. */
  readonly load: readonly [before: number, after: number];
}

/**
 * Measures one part: both sides load, run once unmeasured, and then take turns.
 * @param progress called with `ready` before the first run and `done` after the last
 */
export async function measure(
  part: Part,
  folder: string,
  progress: (event: "ready" | "done") => void,
): Promise<PartResult> {
  const v2l = await Side.start("v2l", part.task.v2l, folder);
  const pytorch = await Side.start("pytorch", part.task.pytorch, folder);
  const seconds = { v2l: [] as number[], pytorch: [] as number[] };
  progress("ready");
  const before = loadavg()[0] as number;
  // The gradients of the two sides are compared at the weights that both start from.
  for (const side of [v2l, pytorch]) {
    await side.run();
    await side.save();
  }
  for (let round = 0; round < part.rounds; round++) {
    seconds.v2l.push(await v2l.run());
    seconds.pytorch.push(await pytorch.run());
  }
  const load = [before, loadavg()[0] as number] as const;
  progress("done");
  const result = (side: Side, times: readonly number[]): SideResult => ({
    times: summarize(times),
    memory: side.memory(),
    versions: side.versions,
  });
  const sides = { v2l: result(v2l, seconds.v2l), pytorch: result(pytorch, seconds.pytorch) };
  await Promise.all([v2l.stop(), pytorch.stop()]);
  const outputs = (name: SideName) => readWorkload(folder, `${part.task[name]}.${name}`);
  return {
    part,
    sides,
    speedup: sides.pytorch.times.median / sides.v2l.times.median,
    perRound: summarize(seconds.v2l.map((time, i) => (seconds.pytorch[i] as number) / time)),
    agreement: compare(await outputs("v2l"), await outputs("pytorch"), part),
    load,
  };
}
