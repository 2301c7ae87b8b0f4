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
const RIGHT = 640;
const TOP = 34;
/** Letters of a name, at least and at most, and the pixels of one. */
const LETTERS = [22, 40] as const;
const LETTER = 7;

/**
 * Named values as horizontal bars, in their order.
 * @param partName what the second colour is
 * @param write how a value is written
 */
export function barChart(
  name: string,
  title: string,
  bars: readonly Bar[],
  partName: string,
  write = (value: number) => value.toLocaleString("en-US"),
): Chart | null {
  if (bars.length === 0) return null;
  const [least, longest] = LETTERS;
  const letters = Math.max(least, ...bars.map((bar) => Math.min(longest, bar.name.length)));
  const left = 36 + letters * LETTER;
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = (value: number) => number(((RIGHT - left) * value) / most);
  const rows = bars.map(({ name: text, value, part }, i) => {
    const y = TOP + i * LINE;
    const bar = (length: number, color: string) =>
      `<rect x="${left}" y="${y}" width="${width(length)}" height="${LINE - 6}" fill="${color}"/>`;
    return [
      label(left - 8, y + 13, escapeXml(shorten(text, letters)), "end", "var(--ink)"),
      bar(value, part === null ? "var(--series-1)" : "var(--line)"),
      ...(part === null ? [] : [bar(part, "var(--series-1)")]),
      label(left + Number(width(value)) + 8, y + 13, write(value)),
    ].join("");
  });
  const parted = bars.some(({ part }) => part !== null);
  const legend = `<rect x="${left}" y="8" width="14" height="14" fill="var(--series-1)"/>`;
  const head = parted ? [legend, label(left + 22, 20, escapeXml(partName))] : [];
  const height = TOP + bars.length * LINE + 10;
  return { name, title, width: 720, height, drawing: [...head, ...rows].join("") };
}
