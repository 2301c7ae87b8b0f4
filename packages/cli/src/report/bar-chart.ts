import { escapeXml, shorten } from "v2l";
import { type Chart, label, number } from "./chart.js";

export interface Bar {
  readonly name: string;
  /** At least 0. */
  readonly value: number;
  /** The part of it that is drawn in another colour, at most `value`; null for none. */
  readonly part: number | null;
}

const LINE = 22;
const LEFT = 190;
const RIGHT = 640;
const TOP = 34;

/**
 * Named values as horizontal bars, in their order.
 * @param partName what the second colour is
 */
export function barChart(
  name: string,
  title: string,
  bars: readonly Bar[],
  partName: string,
): Chart | null {
  if (bars.length === 0) return null;
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = (value: number) => number(((RIGHT - LEFT) * value) / most);
  const rows = bars.map(({ name: text, value, part }, i) => {
    const y = TOP + i * LINE;
    const bar = (length: number, color: string) =>
      `<rect x="${LEFT}" y="${y}" width="${width(length)}" height="${LINE - 6}" fill="${color}"/>`;
    return [
      label(LEFT - 8, y + 13, escapeXml(shorten(text, 22)), "end", "var(--ink)"),
      bar(value, part === null ? "var(--series-1)" : "var(--line)"),
      ...(part === null ? [] : [bar(part, "var(--series-1)")]),
      label(LEFT + Number(width(value)) + 8, y + 13, value.toLocaleString("en-US")),
    ].join("");
  });
  const parted = bars.some(({ part }) => part !== null);
  const legend = `<rect x="${LEFT}" y="8" width="14" height="14" fill="var(--series-1)"/>`;
  const head = parted ? [legend, label(LEFT + 22, 20, escapeXml(partName))] : [];
  const height = TOP + bars.length * LINE + 10;
  return { name, title, width: 720, height, drawing: [...head, ...rows].join("") };
}
