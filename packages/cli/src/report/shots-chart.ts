import { escapeXml } from "v2l";
import { type Chart, type Frame, gridLine, label, number, seriesColor } from "./chart.js";

/** How one system did by the number of examples of each class. */
export interface ShotsSeries {
  readonly name: string;
  readonly points: readonly {
    readonly shots: number;
    /** 0 to 1, with its 95% interval. */
    readonly accuracy: number;
    readonly low: number;
    readonly high: number;
  }[];
}

const FRAME: Frame = { left: 60, top: 20, right: 470, bottom: 320 };
/** Pixels that the intervals of different systems stand apart. */
const APART = 5;

/**
 * Accuracy by the number of shots, a line for each system with its intervals.
 * @param chance accuracy of guessing, 0 to 1
 * @param axis what is counted from left to right
 */
export function shotsChart(
  name: string,
  title: string,
  series: readonly ShotsSeries[],
  chance: number,
  axis = "examples of each class",
): Chart {
  const shots = [...new Set(series.flatMap(({ points }) => points.map((one) => one.shots)))];
  shots.sort((a, b) => a - b);
  const { left, right, bottom, top } = FRAME;
  const x = (count: number) => {
    return left + ((right - left) * (shots.indexOf(count) + 0.5)) / shots.length;
  };
  const y = (share: number) => bottom - (bottom - top) * share;
  const lines = series.map(({ points }, i) => {
    const aside = (i - (series.length - 1) / 2) * APART;
    const color = seriesColor(i);
    const path = points.map(({ shots: count, accuracy }, n) => {
      return `${n === 0 ? "M" : "L"}${number(x(count) + aside)} ${number(y(accuracy))}`;
    });
    const marks = points.map(({ shots: count, accuracy, low, high }) => {
      const at = number(x(count) + aside);
      return (
        `<path d="M${at} ${number(y(low))}V${number(y(high))}" stroke="${color}"/>` +
        `<circle cx="${at}" cy="${number(y(accuracy))}" r="3.5" fill="${color}"/>`
      );
    });
    const width = i === 0 ? 2.5 : 1.3;
    const line = `<path d="${path.join("")}" stroke="${color}" stroke-width="${width}" fill="none"/>`;
    return line + marks.join("");
  });
  return {
    name,
    title,
    width: 720,
    height: 370,
    drawing: [
      ...[0, 0.25, 0.5, 0.75, 1].map((share) => gridLine(FRAME, y(share), `${100 * share}%`)),
      `<path d="M${left} ${number(y(chance))}H${right}" stroke="var(--muted)" stroke-dasharray="5 4"/>`,
      ...lines,
      ...shots.map((count) => label(x(count), bottom + 20, String(count), "middle")),
      label((left + right) / 2, bottom + 40, axis, "middle"),
      legend(series, right + 20),
    ].join(""),
  };
}

function legend(series: readonly ShotsSeries[], left: number): string {
  const lines = series.map(({ name }, i) => {
    const y = FRAME.top + 12 + i * 24;
    const swatch = `<path d="M${left} ${y}h18" stroke="${seriesColor(i)}" stroke-width="3"/>`;
    return swatch + label(left + 26, y + 4, escapeXml(name), "start", "var(--ink)");
  });
  const y = FRAME.top + 12 + series.length * 24;
  const dashes = `<path d="M${left} ${y}h18" stroke="var(--muted)" stroke-dasharray="5 4"/>`;
  return [...lines, dashes + label(left + 26, y + 4, "chance")].join("");
}
