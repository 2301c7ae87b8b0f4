import type { FewShotResult, Table } from "v2l";
import type { FewShotRow } from "./few-shot.js";
import type { Observation } from "./observations.js";

/** Rows of few-shot recognition as a table, with what could not be measured. */
export function fewShotTable(rows: readonly FewShotRow[]): Table {
  const systems = [...new Set(rows.flatMap((row) => row.systems.map(({ system }) => system)))];
  const lines = rows.map(({ set, ways, shots, chance, systems: results }) => {
    const cells = systems.map((system) => results.find((one) => one.system === system));
    return [
      `${set}, ${ways}-way ${shots}-shot`,
      ...cells.map((cell) => (cell === undefined ? "" : share(cell))),
      `${Math.round(100 * chance)}%`,
    ];
  });
  const leftOut = OPTIONAL.filter(([system]) => {
    return rows.some((row) => row.systems.every((one) => one.system !== system));
  });
  return {
    head: ["Episodes", ...systems, "chance"],
    rows: lines,
    notes: leftOut.map(([system, reason]) => `Left out: ${system}. ${reason}.`),
  };
}

/** Columns that may be missing, and why. */
const OPTIONAL = [
  ["shuffled words", "There are no more images than an episode has"],
  ["CLIP text", "The bundle has no text half of CLIP; `v2l import --clip` adds it"],
] as const;

/** The paper's observations as a table, one row for each set. */
export function observationsTable(observations: readonly Observation[]): Table {
  const lines = observations.map(({ name, set, first, second, difference, verdict }) => {
    const { low, high } = difference.interval;
    const points = `${signed(difference.difference)} (${signed(low)} to ${signed(high)})`;
    return [name, set, percent(first.accuracy), percent(second.accuracy), points, verdict];
  });
  const head = ["Observation", "Set", "First", "Second", "Difference in points", "Verdict"];
  return { head, rows: lines };
}

function share({ accuracy, interval }: FewShotResult): string {
  return `${percent(accuracy)} (${points(interval.low)}-${points(interval.high)})`;
}

function percent(value: number): string {
  return `${points(value)}%`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${points(value)}`;
}

function points(value: number): string {
  return (100 * value).toFixed(1);
}
