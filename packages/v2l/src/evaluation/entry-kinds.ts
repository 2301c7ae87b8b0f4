import { pieceText } from "../codebook/vocabulary.js";

/** Of how many pieces of the language model an entry of the global codebook is made. */
export const ENTRY_KINDS = ["subword", "bigram", "trigram", "longer"] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/**
 * Of how many pieces each entry is made: the fewest whose texts, without blanks, give it. An entry that
 * is a piece itself is a subword, also where it was found as a bigram too.
 * @param entries of the global codebook
 * @param pieces of the local codebook: the language model's
 */
export function entryKinds(entries: readonly string[], pieces: readonly string[]): EntryKind[] {
  const texts = new Set(pieces.map((piece) => withoutBlanks(pieceText(piece))));
  texts.delete("");
  return entries.map((entry) => {
    return ENTRY_KINDS[fewest(withoutBlanks(entry), texts) - 1] ?? "longer";
  });
}

/** The fewest texts that joined give `entry`; Infinity where none do. */
function fewest(entry: string, texts: ReadonlySet<string>): number {
  const best = [0];
  for (let end = 1; end <= entry.length; end++) {
    let least = Number.POSITIVE_INFINITY;
    for (let start = 0; start < end; start++) {
      const before = best[start] as number;
      if (before + 1 < least && texts.has(entry.slice(start, end))) least = before + 1;
    }
    best.push(least);
  }
  return best[entry.length] as number;
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, "");
}
