/** A drawing in SVG whose colours are the page's: `var(--ink)`, `var(--series-1)` and so on. */
export interface Chart {
  /** Of its file, without the extension. */
  readonly name: string;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  /** The elements inside `<svg>`. */
  readonly drawing: string;
}

/** Colours of charts and pages, on light and on dark ground. */
export const LIGHT = {
  ground: "#ffffff",
  ink: "#1c2126",
  muted: "#5d6873",
  line: "#d9dee3",
  "series-1": "#0b62b8",
  "series-2": "#c2560a",
  "series-3": "#0c7c59",
  "series-4": "#7d3c98",
  "series-5": "#a8324a",
  "series-6": "#5a6b1f",
  "series-7": "#0f7d8c",
  "series-8": "#6b4f3a",
} as const;
export const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  ground: "#15181c",
  ink: "#e8ebee",
  muted: "#a3adb8",
  line: "#343b43",
  "series-1": "#6db3f8",
  "series-2": "#f5a55b",
  "series-3": "#56c79a",
  "series-4": "#c79be0",
  "series-5": "#f08a9e",
  "series-6": "#b9cc6a",
  "series-7": "#5ccad8",
  "series-8": "#cfae93",
};

/** The colour of series `i`; there are eight. */
export function seriesColor(i: number): string {
  return `var(--series-${(i % 8) + 1})`;
}

/** Where the plot lies inside a chart, and how values become pixels. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A text; `anchor` says which of its ends stands at `x`. */
export function label(
  x: number,
  y: number,
  text: string,
  anchor: "start" | "middle" | "end" = "start",
  color = "var(--muted)",
): string {
  const at = `x="${number(x)}" y="${number(y)}" text-anchor="${anchor}" fill="${color}"`;
  return `<text ${at} font-size="13">${text}</text>`;
}

/** A horizontal line across the plot with its value beside it. */
export function gridLine({ left, right }: Frame, y: number, text: string): string {
  const path = `M${number(left)} ${number(y)}H${number(right)}`;
  return `<path d="${path}" stroke="var(--line)" fill="none"/>${label(left - 8, y + 4, text, "end")}`;
}
