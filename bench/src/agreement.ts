import { toFloat32, type Weights } from "@v2l/nn";
import type { Part } from "./parts.js";

/** How far one output, or one group of gradients, of the two sides differs. */
export interface Agreement {
  readonly output: string;
  readonly values: number;
  /** Values that are not equal to the last bit. */
  readonly different: number;
  /** Largest difference; for gradients divided by the largest value of the group. */
  readonly largest: number;
  readonly tolerance: number;
}

/** Compares the results of the two sides, grouped by the first part of their names. */
export function compare(
  ours: Weights,
  theirs: Weights,
  { tolerance, relative }: Pick<Part, "tolerance" | "relative">,
): Agreement[] {
  if (tolerance === null) return [];
  if (ours.size !== theirs.size) throw new Error(`${ours.size} outputs against ${theirs.size}`);
  const groups = new Map<string, { values: number; different: number; off: number; top: number }>();
  for (const [name, tensor] of ours) {
    const other = theirs.get(name);
    if (!other) throw new Error(`The other side has no output ${name}`);
    const [a, b] = [toFloat32(tensor), toFloat32(other)];
    if (a.length !== b.length) throw new Error(`${name}: ${a.length} values against ${b.length}`);
    const output = name.split(".")[0] as string;
    const group = groups.get(output) ?? { values: 0, different: 0, off: 0, top: 0 };
    groups.set(output, group);
    group.values += a.length;
    for (let i = 0; i < a.length; i++) {
      const [x, y] = [a[i] as number, b[i] as number];
      if (x !== y) group.different += 1;
      // Math.max lets NaN through, which then exceeds every tolerance.
      group.off = Math.max(group.off, Math.abs(x - y));
      group.top = Math.max(group.top, Math.abs(y));
    }
  }
  return [...groups].map(([output, { values, different, off, top }]) => ({
    output,
    values,
    different,
    largest: relative && top > 0 ? off / top : off,
    tolerance: tolerance[output] ?? tolerance["*"] ?? 0,
  }));
}

/** Whether a part's results agree within their tolerances. */
export function agrees(agreement: readonly Agreement[]): boolean {
  return agreement.every(({ largest, tolerance }) => largest <= tolerance);
}
