import type { Interval, Mean } from "../metrics/index.js";
import type { CodebookUse } from "./codebook-use.js";
import { RECONSTRUCTION_PICTURES } from "./reconstruction.js";
import type {
  ReconstructionResult,
  ReconstructionRow,
  ReconstructionSetResult,
} from "./reconstruction-result.js";
import type { Table } from "./table.js";

/** What the table says of a system. */
const NAMES = {
  reconstruction: "reconstruction",
  "mean colour": "mean colour",
  shrunk: "shrunk to the grid",
} as const;

/**
 * The figures as tables: how like the originals, Inception scores where a network tells classes, and the
 * codebooks' use.
 * @param notes sentences below the first one, e.g. what is left out
 */
export function reconstructionTables(
  { sets }: ReconstructionResult,
  notes: readonly string[] = [],
): Table[] {
  return [likeness(sets, notes), ...scores(sets), codebooks(sets)];
}

function likeness(sets: readonly ReconstructionSetResult[], notes: readonly string[]): Table {
  const networks = Object.keys(sets[0]?.rows[0]?.frechet ?? {});
  const withLpips = sets.some(({ rows }) => rows.some(({ lpips }) => lpips !== null));
  const head = [
    "Images",
    "Picture",
    "PSNR (Y), dB",
    "SSIM",
    ...(withLpips ? ["LPIPS"] : []),
    ...networks.map(frechetTitle),
    "CLIP similarity",
  ];
  const line = ({ set, images }: ReconstructionSetResult, row: ReconstructionRow) => [
    `${set} (${images})`,
    NAMES[row.system],
    mean(row.psnr, 2),
    mean(row.ssim, 3),
    ...(withLpips ? [row.lpips === null ? "" : mean(row.lpips, 3)] : []),
    ...networks.map((name) => distance(row.frechet[name])),
    mean(row.clipSimilarity, 3),
  ];
  const rows = sets.flatMap((set) => set.rows.map((row) => line(set, row)));
  return { title: "Reconstruction", head, rows, notes };
}

/** FID is what is measured on Inception's features; on others the distance has no other name. */
function frechetTitle(network: string): string {
  return network === "Inception" ? "FID" : `Frechet distance (${network} of the bundle)`;
}

function scores(sets: readonly ReconstructionSetResult[]): Table[] {
  const networks = Object.keys(sets[0]?.scores ?? {});
  return networks.map((network) => ({
    title: `${network} score`,
    head: [
      "Images",
      ...RECONSTRUCTION_PICTURES.map((name) => (name === "shrunk" ? NAMES[name] : name)),
    ],
    rows: sets.map(({ set, images, scores: found }) => [
      `${set} (${images})`,
      ...RECONSTRUCTION_PICTURES.map((name) => {
        const score = found[network]?.[name];
        return score ? `${score.mean.toFixed(2)} ± ${score.std.toFixed(2)}` : "too few images";
      }),
    ]),
  }));
}

function codebooks(sets: readonly ReconstructionSetResult[]): Table {
  return {
    title: "Codebook use",
    head: ["Images", "Codebook", "Entries", "Effective tokens", "Share used", "Perplexity"],
    rows: sets.flatMap(({ set, images, use }) =>
      (["local", "global"] as const).map((name) => [
        `${set} (${images})`,
        name,
        ...useCells(use[name]),
      ]),
    ),
  };
}

/** Entries, effective tokens, share and perplexity. */
export function useCells({ size, effective, share, perplexity }: CodebookUse): string[] {
  return [String(size), String(effective), percent(share), perplexity.toFixed(0)];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function mean({ mean: value, interval }: Mean, digits: number): string {
  return `${value.toFixed(digits)} (${range(interval, digits)})`;
}

function range({ low, high }: Interval, digits: number): string {
  return `${low.toFixed(digits)} to ${high.toFixed(digits)}`;
}

function distance(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 0.1 ? value.toFixed(2) : value.toFixed(4);
}
