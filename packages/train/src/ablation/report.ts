import type { Mean, Table } from "v2l";
import type { ArmResult, Compared } from "./ablate.js";

/** The arms as a table: means over scenes, and differences to the base with 95% intervals. */
export function ablationTable(results: readonly ArmResult[]): Table {
  const rows = results.map(({ arm, psnr, ssim, clip, usage }) => [
    arm,
    cell(psnr, 2),
    cell(ssim, 3),
    cell(clip, 1),
    `${(100 * usage.share).toFixed(1)}%`,
    usage.perplexity.toFixed(0),
  ]);
  const head = [
    "Tokenizer",
    "PSNR (Y), dB",
    "SSIM",
    "CLIP similarity",
    "Codes in use",
    "Perplexity",
  ];
  return {
    head,
    rows,
    notes: [
      "In brackets the difference to the base on the same scenes, 95%. Another training differs too: see " +
        "`another seed`.",
    ],
  };
}

function cell({ mean, difference }: Compared, digits: number): string {
  const value = mean.toFixed(digits);
  return difference === null ? value : `${value} (${range(difference, digits)})`;
}

function range({ mean, interval }: Mean, digits: number): string {
  const signed = (value: number) => `${value < 0 ? "" : "+"}${value.toFixed(digits)}`;
  return `${signed(mean)}, ${signed(interval.low)} to ${signed(interval.high)}`;
}
