import type { ClipTextConfig } from "@v2l/nn";
import { clipMarkers, clipTextIds } from "../clip-text.js";
import { fillTemplates } from "../templates.js";

/** Words that go through CLIP together. Fixed, so that results depend on the words alone. */
export const WORDS = 32;

/** Texts of one length in tokens, which the network reads at once without a zero behind any. */
export interface TextRun {
  /** Tokens of each text, start and end included. */
  readonly length: number;
  readonly ids: Int32Array;
  /** The word of each text, counted from the first of the chunk. */
  readonly words: Int32Array;
}

/**
 * The texts of some words (each in all templates) as runs of equal length, short ones first; texts of a
 * run stay in the order of words and templates.
 * @param encode the ids of a text without markers
 */
export function textRuns(
  words: readonly string[],
  encode: (text: string) => number[],
  { contextLength, vocabSize }: ClipTextConfig,
): TextRun[] {
  const markers = clipMarkers(vocabSize);
  const byLength = new Map<number, { rows: number[][]; words: number[] }>();
  words.forEach((word, i) => {
    for (const text of fillTemplates(word)) {
      const ids = encode(text);
      const length = Math.min(ids.length + 2, contextLength);
      const run = byLength.get(length) ?? { rows: [], words: [] };
      byLength.set(length, run);
      run.rows.push(clipTextIds(ids, length, markers));
      run.words.push(i);
    }
  });
  return [...byLength]
    .sort(([a], [b]) => a - b)
    .map(([length, run]) => ({
      length,
      ids: Int32Array.from(run.rows.flat()),
      words: Int32Array.from(run.words),
    }));
}
