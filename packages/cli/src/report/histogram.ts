import { type Chart, type Frame, gridLine, label, number } from "./chart.js";

const FRAME: Frame = { left: 70, top: 20, right: 700, bottom: 300 };

/**
 * How often the entries of a codebook occur, most used first, on a logarithmic scale; entries that do not
 * occur are the empty part on the right.
 * @param counts by entry
 */
export function tokenHistogram(
  name: string,
  title: string,
  counts: readonly number[],
): Chart | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const sorted = counts.filter((count) => count > 0).sort((a, b) => b - a);
  const most = Math.ceil(Math.log10(sorted[0] as number) + 1e-9) || 1;
  const { left, right, bottom, top } = FRAME;
  const x = (rank: number) => left + ((right - left) * rank) / counts.length;
  // One occurrence stands above the ground, so that it is seen.
  const y = (count: number) => {
    return bottom - ((bottom - top) * (Math.log10(count) + 0.3)) / (most + 0.3);
  };
  const powers = Array.from({ length: most + 1 }, (_, power) => 10 ** power);
  const used = `${sorted.length} of ${counts.length} occur`;
  return {
    name,
    title,
    width: 720,
    height: 350,
    drawing: [
      ...powers.map((value) => gridLine(FRAME, y(value), value.toLocaleString("en-US"))),
      `<path d="${area(sorted, x, y, bottom)}" fill="var(--series-1)"/>`,
      `<path d="M${left} ${bottom}H${right}" stroke="var(--muted)" fill="none"/>`,
      label(left, bottom + 20, "1"),
      label(right, bottom + 20, counts.length.toLocaleString("en-US"), "end"),
      label((left + right) / 2, bottom + 38, `entries by how often they occur: ${used}`, "middle"),
    ].join(""),
  };
}

/** The outline of steps; equal neighbours are one step. */
function area(
  sorted: readonly number[],
  x: (rank: number) => number,
  y: (count: number) => number,
  bottom: number,
): string {
  let path = `M${number(x(0))} ${bottom}`;
  for (const [rank, count] of sorted.entries()) {
    if (sorted[rank - 1] !== count) path += `H${number(x(rank))}V${number(y(count))}`;
  }
  return `${path}H${number(x(sorted.length))}V${bottom}Z`;
}
