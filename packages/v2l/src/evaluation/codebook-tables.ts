import type { Share } from "../metrics/index.js";
import type { CodebookResult, CodebookSetResult, UsedWord } from "./codebook-result.js";
import { percent, useCells } from "./reconstruction-tables.js";
import type { Table } from "./table.js";

/** The figures as tables: use of both codebooks, of words by their length, naming, and the extremes. */
export function codebookTables({ sets }: CodebookResult): Table[] {
  const naming = sets.filter((one) => one.naming.length > 0);
  return [
    use(sets),
    kinds(sets),
    ...(naming.length > 0 ? [namingTable(naming)] : []),
    ...sets.slice(-1).map(words),
  ];
}

function use(sets: readonly CodebookSetResult[]): Table {
  return {
    title: "Codebook use",
    head: ["Images", "Codebook", "Entries", "Effective tokens", "Share used", "Perplexity"],
    rows: sets.flatMap((one) =>
      (["local", "global"] as const).map((name) => [label(one), name, ...useCells(one[name])]),
    ),
  };
}

function kinds(sets: readonly CodebookSetResult[]): Table {
  return {
    title: "Global words by their length",
    head: [
      "Images",
      "Words",
      "Entries",
      "Effective tokens",
      "Share used",
      "Perplexity",
      "Of all tokens",
    ],
    rows: sets.flatMap((one) =>
      one.kinds.map((kind) => [
        label(one),
        `${kind.kind}s`.replace("longers", "longer"),
        ...useCells(kind),
        percent(kind.shareOfTokens),
      ]),
    ),
  };
}

function namingTable(sets: readonly CodebookSetResult[]): Table {
  return {
    title: "Global words that name what is there",
    head: ["Images", "Of the first", "Named", "In another picture", "Any word"],
    rows: sets.flatMap((one) =>
      one.naming.map(({ rank, own, other, chance }) => [
        label(one),
        rank === 1 ? "1 word" : `${rank} words`,
        cellOfShare(own),
        cellOfShare(other),
        percent(chance),
      ]),
    ),
  };
}

function words({ words: { most, least }, pieces, set }: CodebookSetResult): Table {
  const length = Math.max(most.length, pieces.most.length);
  const rows = Array.from({ length }, (_, i) => [
    String(i + 1),
    ...[most, least, pieces.most, pieces.least].map((list) => cell(list[i])),
  ]);
  return {
    title: `Most and least used entries, ${set}`,
    head: ["", "Words most used", "Words least used", "Pieces most used", "Pieces least used"],
    rows,
    notes: [
      "Least used are those that occur at all. In brackets how many name something in the image.",
    ],
  };
}

function cell(used: UsedWord | undefined): string {
  if (used === undefined) return "";
  const { word, count, right } = used;
  return right === null ? `${word} ${count}` : `${word} ${count} (${right})`;
}

function label({ set, images }: CodebookSetResult): string {
  return `${set} (${images})`;
}

function cellOfShare({ share, interval }: Share): string {
  return `${percent(share)} (${percent(interval.low)} to ${percent(interval.high)})`;
}
