import { mkdir, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { agrees } from "./agreement.js";
import type { PartResult, SideResult } from "./measure.js";
import type { Setting } from "./setting.js";
import type { Times } from "./statistics.js";

/** Writes `bench.json` with every number, and `bench.md`, a table to read. */
export async function writeReport(
  folder: string,
  setting: Setting,
  results: readonly PartResult[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const report = { date: new Date().toISOString(), machine: machine(), setting, results };
  await writeFile(join(folder, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, "bench.md"), markdown(setting, results));
}

/** One line for the terminal. */
export function summary(result: PartResult): string {
  const { part, sides, speedup } = result;
  const times = `${interval(sides.v2l.times)} against ${interval(sides.pytorch.times)} s`;
  return `${part.name}: ${times}, ${speedup.toFixed(2)} times as fast${verdict(result)}`;
}

function markdown(setting: Setting, results: readonly PartResult[]): string {
  return [
    "# v2l and PyTorch, side by side",
    "",
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${machine()}; ` +
      `${setting.threads} threads on each side; ${versions(results)}.`,
    "",
    `Random weights at the ${setting.name} sizes (channels ${setting.config.ch}, multiples ` +
      `${setting.config.chMult.join(", ")}; ${setting.imageSize}x${setting.imageSize} pixels; ` +
      `codebooks ${setting.localCodes} and ${setting.globalCodes} rows of ` +
      `${setting.config.embedDim}; ${setting.words} global words), the same on both sides. Both are ` +
      "loaded before the clock starts, run once unmeasured, and then take turns. Times are medians in " +
      "seconds with minimum and maximum; memory is the largest resident size of the process, loading " +
      "included. The official code's own times come from another run on the same kind of machine.",
    "",
    "| | v2l | PyTorch | speed-up, by round | target | peak memory | official code | runs | load |",
    "|---|---|---|---|---|---|---|---|---|",
    ...results.map(row),
    "",
    "Agreement of the results, at the first run:",
    "",
    "| | output | values | not equal | largest difference | tolerance |",
    "|---|---|---|---|---|---|",
    ...results.flatMap(agreementRows),
    "",
  ].join("\n");
}

function row(result: PartResult): string {
  const { part, sides, speedup, perRound, load } = result;
  const target = part.target === null ? "" : `${part.target.toFixed(2)}${verdict(result)}`;
  const range = `${perRound.min.toFixed(2)} to ${perRound.max.toFixed(2)}`;
  return cells([
    part.title,
    interval(sides.v2l.times),
    interval(sides.pytorch.times),
    `**${speedup.toFixed(2)}** (${range})`,
    target,
    `${gibibytes(sides.v2l)} / ${gibibytes(sides.pytorch)}`,
    part.official === null ? "" : `${part.official} s`,
    `${part.rounds}`,
    load.map((value) => value.toFixed(1)).join(" to "),
  ]);
}

function agreementRows({ part, agreement }: PartResult): string[] {
  return agreement.map(({ output, values, different, largest, tolerance }) =>
    cells([
      part.name,
      output,
      `${values}`,
      `${different}`,
      `${largest === 0 ? 0 : largest.toExponential(1)}${part.relative ? " of the largest value" : ""}`,
      `${tolerance}`,
    ]),
  );
}

/** Whether the target was met and the results agree; nothing to say without a target. */
function verdict({ part, speedup, agreement }: PartResult): string {
  if (!agrees(agreement)) return ", results differ";
  if (part.target === null) return "";
  return speedup >= part.target ? ", met" : ", missed";
}

/** Processor, memory and system, in words. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores of ${model}, ${memory} GiB, Linux ${release()}`;
}

function versions(results: readonly PartResult[]): string {
  const found = results.flatMap(({ sides }) => [
    ...Object.entries(sides.v2l.versions),
    ...Object.entries(sides.pytorch.versions),
  ]);
  return [...new Map(found)].map(([name, version]) => `${name} ${version}`).join(", ");
}

function interval({ median, min, max }: Times): string {
  return `${median.toFixed(3)} (${min.toFixed(3)} to ${max.toFixed(3)})`;
}

function gibibytes({ memory }: SideResult): string {
  return memory === null ? "unknown" : `${(memory.peak / 2 ** 30).toFixed(2)} GiB`;
}

/** A row of a table. */
export function cells(texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}
