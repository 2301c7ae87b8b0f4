import type { Table } from "v2l";
import type { SetResult, Shares } from "./demo.js";

/** What a demo bundle knows, set by set. */
export function demoTable(results: readonly SetResult[]): Table {
  const rows = results.map((result) => {
    const { name, images, psnr, codebookUsed, codebookPerplexity } = result;
    return [
      name,
      String(images),
      share(result, "anyBy5"),
      share(result, "allBy21"),
      share(result, "nounBy5"),
      psnr === null ? "" : `${psnr.toFixed(2)} dB`,
      `${percent(codebookUsed)}, ${codebookPerplexity.toFixed(0)}`,
    ];
  });
  const head = [
    "Held-out scenes",
    "Images",
    "An object by 5 words",
    "Every object by 21 words",
    "A noun by 5 words",
    "PSNR",
    "Codebook used, perplexity",
  ];
  const notes = [
    "In brackets the controls: the words of another picture, and words drawn at random (computed).",
    "An object counts as named by its noun or by one of its CLDR keywords, alone or in an entry of several words.",
  ];
  return { head, rows, notes };
}

function share({ measured, shuffled, chance }: SetResult, name: keyof Shares): string {
  return `${percent(measured[name])} (${percent(shuffled[name])}, ${percent(chance[name])})`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}
