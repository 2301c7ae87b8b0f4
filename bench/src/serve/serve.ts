import { loadavg } from "node:os";
import type { Case, CaseOptions, CaseResult } from "../case.js";
import { cells } from "../report.js";
import type { Times } from "../statistics.js";
import { type Load, measureLoad } from "./load.js";
import { measureOverhead, type Overhead } from "./overhead.js";

/** Milliseconds that the gateway may add at the median. */
const TARGET = 5;
/** Mebibytes that memory may grow by under load. */
const GROWTH = 256;

/** `v2l serve` with the demo bundle: the gateway's overhead, and twice the requests that it can answer. */
export const SERVE: Case = {
  name: "serve",
  run: async ({ tiny }: CaseOptions): Promise<CaseResult> => {
    const before = loadavg()[0] as number;
    const overhead = await measureOverhead(tiny ? 100 : 1000);
    const load = await measureLoad(tiny ? 8 : 60);
    const found = shortcomings(overhead, load);
    return {
      title: "v2l serve: overhead and load",
      figures: { overhead, load, shortcomings: found, loadAverage: [before, loadavg()[0]] },
      markdown: markdown(overhead, load, found),
      summary: [overheadLine(overhead), loadLine(load), ...found],
      agrees: found.length === 0,
    };
  },
};

/** What is not as it should be. */
export function shortcomings({ added }: Overhead, load: Load): string[] {
  const { statuses, failures, memory, before, after, accepted, exitStatus } = load;
  const others = Object.keys(statuses).filter((status) => !["200", "503"].includes(status));
  const growth = memory.most - memory.before;
  return [
    ...(added.median * 1000 < TARGET ? [] : [`the gateway adds ${milliseconds(added.median)}`]),
    ...(others.length === 0 ? [] : [`statuses other than 200 and 503: ${others.join(", ")}`]),
    ...(failures === 0 ? [] : [`${failures} requests without an answer`]),
    ...(accepted.runs.length > 0 ? [] : ["nothing was answered under load"]),
    ...(growth < GROWTH ? [] : [`memory grew by ${Math.round(growth)} MiB`]),
    ...(after.median < 2 * before.median ? [] : ["answers stayed slow after the load"]),
    ...(exitStatus === 0 ? [] : [`exit status ${exitStatus}`]),
  ];
}

function overheadLine({ direct, gateway, added }: Overhead): string {
  const [a, b] = [milliseconds(direct.median), milliseconds(gateway.median)];
  return `text-only request: ${a} directly, ${b} through the gateway: ${milliseconds(added.median)} more`;
}

function loadLine({ rate, capacity, statuses, accepted }: Load): string {
  const told = Object.entries(statuses).map(([status, count]) => `${count} times ${status}`);
  const slowest = accepted.max.toFixed(2);
  return (
    `${rate} requests/s sent, ${capacity.toFixed(1)} answered without load: ${told.join(", ")}; ` +
    `accepted within ${accepted.median.toFixed(2)} s at the median, ${slowest} s at most`
  );
}

function markdown(overhead: Overhead, load: Load, found: readonly string[]): string[] {
  const { memory, statuses } = load;
  const row = (name: string, times: Times) =>
    cells([name, milliseconds(times.median), milliseconds(times.min), milliseconds(times.max)]);
  const mebibytes = [memory.before, memory.most, memory.after].map(
    (one) => `${Math.round(one)} MiB`,
  );
  return [
    "A text-only chat completion, by an upstream server that answers at once: called directly and through the",
    `gateway, in turns, ${overhead.direct.runs.length} times each. Target: less than ${TARGET} ms more at the median.`,
    "",
    cells(["", "median", "least", "most"]),
    cells(["---", "---", "---", "---"]),
    row("directly", overhead.direct),
    row("through the gateway", overhead.gateway),
    row("added, pair by pair", overhead.added),
    "",
    `Load: \`/api/encode\` of a scene for ${load.seconds} s at ${load.rate} requests/s; one client after the other gets ${load.capacity.toFixed(1)}`,
    "requests/s answered. Requests beyond the queue should get 503, nothing else should fail, and memory should",
    `grow by less than ${GROWTH} MiB.`,
    "",
    cells(["", "median", "least", "most"]),
    cells(["---", "---", "---", "---"]),
    row("single requests before", load.before),
    row("accepted under load", load.accepted),
    row("single requests after", load.after),
    "",
    `Answers: ${Object.entries(statuses)
      .map(([status, count]) => `${count} times ${status}`)
      .join(
        ", ",
      )}; ${load.failures} without an answer. Memory before, at most and after: ${mebibytes.join(", ")}.`,
    "",
    found.length === 0 ? "All targets are met." : `Not met: ${found.join("; ")}.`,
  ];
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(2)} ms`;
}
