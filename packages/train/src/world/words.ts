import { COLOR_NAMES } from "./colors.js";
import { emojiEntries } from "./emojibase.js";
import { NOUNS } from "./nouns.js";
import type { Piece } from "./sentencepiece.js";

/** One to three words of plain letters: no names of flags, no signs. */
const PHRASE = /^[a-z]+(-[a-z]+)?( [a-z]+(-[a-z]+)?){0,2}$/;

/**
 * Candidates for the first global codebook: objects, their keywords, colour names, CLDR's labels and
 * tags of all emoji (up to three words), and the vocabulary's pieces of two letters or more, each
 * once. Training images vote among them later.
 */
export function globalWords(pieces: readonly Piece[]): string[] {
  const known = NOUNS.flatMap(({ name, keywords }) => [name, ...keywords]);
  const cldr = emojiEntries().flatMap(({ label, tags }) => [label, ...tags]);
  const spelled = pieces
    .filter(({ type, piece }) => type === "normal" && /^▁?[a-zA-Z]{2,}$/.test(piece))
    .map(({ piece }) => piece.replace("▁", ""));
  const phrases = cldr.filter((phrase) => PHRASE.test(phrase));
  return [...new Set([...known, ...COLOR_NAMES, ...phrases, ...spelled])];
}
