import type { FewShotResult, Table } from "v2l";
import type { FewShotRow } from "./few-shot.js";
import type { Observation } from "./observations.js";

/** Rows of few-shot recognition as a table. */
export function fewShotTable(rows: readonly FewShotRow[]): Table {
  const systems = rows[0]?.systems.map(({ system }) => system) ?? [];
  const lines = rows.map(({ set, ways, shots, chance, systems: results }) => {
    return [
      `${set}, ${ways}-way ${shots}-shot`,
      ...results.map(share),
      `${Math.round(100 * chance)}%`,
    ];
  });
  return { head: ["Episodes", ...systems, "chance"], rows: lines };
}

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
