import { type Share, shareOf } from "../metrics/index.js";
import {
  type CodebookEntries,
  type CodebookMeasured,
  type CodebookPart,
  NAMING_RANKS,
} from "./codebook.js";
import { type CodebookUse, codebookUse, sumCounts } from "./codebook-use.js";
import { ENTRY_KINDS, type EntryKind, entryKinds } from "./entry-kinds.js";

/** How the entries of one kind are used. */
export interface KindUse extends CodebookUse {
  readonly kind: EntryKind;
  /** Of all global tokens, 0 to 1. */
  readonly shareOfTokens: number;
}

export interface UsedWord {
  readonly word: string;
  readonly count: number;
  /** How many of them name something in the image; null where that is not known. */
  readonly right: number | null;
}

/** How often words name what an image shows. */
export interface NamingResult {
  /** Of how many first words. */
  readonly rank: number;
  readonly own: Share;
  readonly other: Share;
  /** Mean share of the vocabulary that names something in an image. */
  readonly chance: number;
}

/** The figures of one set. */
export interface CodebookSetResult {
  readonly set: string;
  readonly images: number;
  readonly local: CodebookUse;
  readonly global: CodebookUse;
  readonly kinds: readonly KindUse[];
  /** Empty where it is not known what the images show. */
  readonly naming: readonly NamingResult[];
  /** Most used entries, and the least used of those that occur; by number. */
  readonly words: Extremes;
  readonly pieces: Extremes;
  /** How often each entry occurs. */
  readonly counts: { readonly local: readonly number[]; readonly global: readonly number[] };
}

export interface Extremes {
  readonly most: readonly UsedWord[];
  readonly least: readonly UsedWord[];
}

export interface CodebookResult {
  /** Of each set, and of all together where there are several. */
  readonly sets: readonly CodebookSetResult[];
}

export const ALL_SETS = "all together";

interface KnownEntries extends CodebookEntries {
  /** Of each word of the global codebook. */
  readonly kinds: readonly EntryKind[];
}

/** Entries that are listed as most and as least used. */
const LISTED = 20;

/**
 * The figures of whole sets.
 * @param shards what `measureCodebook` gave for each shard: together all images
 */
export function summarizeCodebook(shards: readonly CodebookMeasured[]): CodebookResult {
  const { local = [], global = [] } = shards[0]?.entries ?? {};
  const entries = { local, global, kinds: entryKinds(global, local) };
  const first = shards[0]?.sets ?? [];
  const sets = first.map((_, i) => shards.map((shard) => shard.sets[i] as CodebookPart));
  const results = sets.map((parts) => {
    const { set, length } = parts[0] as CodebookPart;
    return summarizeSet(set, length, [parts], entries);
  });
  if (sets.length < 2) return { sets: results };
  const images = results.reduce((sum, one) => sum + one.images, 0);
  return { sets: [...results, summarizeSet(ALL_SETS, images, sets, entries)] };
}

/** @param sets of each set, what the shards know */
function summarizeSet(
  set: string,
  images: number,
  sets: readonly (readonly CodebookPart[])[],
  entries: KnownEntries,
): CodebookSetResult {
  const parts = sets.flat();
  const local = sumCounts(parts.map(({ counts }) => counts.local));
  const global = sumCounts(parts.map(({ counts }) => counts.global));
  const known = parts.flatMap(({ naming }) => (naming === null ? [] : [naming.right]));
  const right = known.length < parts.length ? null : sumCounts(known);
  return {
    set,
    images,
    local: codebookUse(local),
    global: codebookUse(global),
    kinds: kindsOf(global, entries.kinds),
    naming: right === null ? [] : namingOf(sets),
    words: extremes(global, entries.global, right),
    pieces: extremes(local, entries.local, null),
    counts: { local, global },
  };
}

function kindsOf(counts: readonly number[], kinds: readonly EntryKind[]): KindUse[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return ENTRY_KINDS.filter((kind) => kinds.includes(kind)).map((kind) => {
    const use = codebookUse(counts.filter((_, id) => kinds[id] === kind));
    return { kind, ...use, shareOfTokens: all === 0 ? 0 : use.tokens / all };
  });
}

function namingOf(sets: readonly (readonly CodebookPart[])[]): NamingResult[] {
  const images = sets.flatMap((parts) => {
    return parts.flatMap(({ naming }) => naming?.images ?? []).sort((a, b) => a.item - b.item);
  });
  const chance = images.reduce((sum, image) => sum + image.chance, 0) / images.length;
  return NAMING_RANKS.map((rank, i) => {
    const of = (which: "own" | "other") =>
      shareOf(
        images.map((image) => {
          return { image, count: image[which][i] as number, of: Math.min(rank, image.words) };
        }),
      );
    return { rank, own: of("own"), other: of("other"), chance };
  });
}

function extremes(
  counts: readonly number[],
  names: readonly string[],
  right: readonly number[] | null,
): Extremes {
  const used = counts
    .map((count, id) => ({ word: names[id] as string, count, right: right?.[id] ?? null }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  return { most: used.slice(0, LISTED), least: used.slice(-LISTED).reverse() };
}
