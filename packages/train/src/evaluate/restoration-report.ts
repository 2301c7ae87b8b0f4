import type { Interval, Mean, Table } from "v2l";
import type { RestorationEvaluation, RestorationLead, RestorationRow } from "./restoration.js";

const KINDS = { model: "", baseline: "", control: "control", ceiling: "ceiling" } as const;

/** The figures of restorations as a table, and in words what the language model does not beat. */
export function restorationTable({
  rows,
  leads,
}: Pick<RestorationEvaluation, "rows" | "leads">): Table {
  const head = ["Task", "System", "Knows", "Images", "Tokens right", "PSNR (Y), dB", "SSIM"];
  const lines = rows.map((row) => {
    const kind = KINDS[row.kind];
    return [
      row.task,
      kind === "" ? row.system : `${row.system} (${kind})`,
      knows(row),
      String(row.images),
      percent(row.tokenAccuracy),
      decibel(row.psnr),
      index(row.ssim),
    ];
  });
  return { head, rows: lines, notes: verdicts(leads) };
}

/** `paper` prompts and the vote hold noisy copies of the clean tokens; the ceiling the tokens themselves. */
function knows({ protocol, kind }: RestorationRow): string {
  if (kind === "ceiling") return "the clean tokens";
  return protocol === "paper" ? "ten noisy copies of the clean tokens" : "the degraded picture";
}

/** The figures in which leads are told, and how. */
const FIGURES = [
  { name: "tokenAccuracy", title: "tokens right", scale: 100, digits: 1, unit: " points" },
  { name: "psnr", title: "PSNR", scale: 1, digits: 2, unit: " dB" },
  { name: "ssim", title: "SSIM", scale: 1, digits: 3, unit: "" },
] as const;

/** One line for each baseline that the language model does not beat in all figures, by more than chance. */
function verdicts(leads: readonly RestorationLead[]): string[] {
  const lines = leads.flatMap((lead) => {
    const missed = FIGURES.flatMap(({ name, title, scale, digits, unit }) => {
      const { mean, interval } = lead[name];
      if (interval.low > 0) return [];
      const verdict = interval.high < 0 ? "worse" : "not clearly better";
      const write = (value: number) => signed(scale * value, digits);
      const range = `${write(interval.low)} to ${write(interval.high)}`;
      return [`${verdict} in ${title}, ${write(mean)}${unit} (${range})`];
    });
    if (missed.length === 0) return [];
    return [
      `- ${lead.task}, ${lead.protocol} protocol, beside ${lead.baseline}: ${missed.join("; ")}`,
    ];
  });
  if (lines.length === 0) return ["The language model beats every baseline in every figure."];
  return [
    "Where the language model does not beat a baseline (95% interval of the difference):",
    ...lines,
  ];
}

function percent({ mean, interval }: Mean): string {
  return `${(100 * mean).toFixed(1)}% (${range(interval, (value) => (100 * value).toFixed(1))})`;
}

function decibel({ mean, interval }: Mean): string {
  return `${mean.toFixed(2)} (${range(interval, (value) => value.toFixed(2))})`;
}

function index({ mean, interval }: Mean): string {
  return `${mean.toFixed(3)} (${range(interval, (value) => value.toFixed(3))})`;
}

function range({ low, high }: Interval, write: (value: number) => string): string {
  return `${write(low)}-${write(high)}`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(digits)}`;
}
