import { mkdir } from "node:fs/promises";
import { expected, toFloat16, V2LError } from "@v2l/nn";
import type { Codebook } from "../bundle/bundle.js";
import type { BundleParts } from "../bundle/write-bundle.js";
import { holdsAny } from "../entry-words.js";
import { type EmbedOptions, embedTexts, type TextEmbeddings } from "./embed.js";
import { countVotes, type FilterOptions } from "./filter.js";
import { writeFoundation } from "./foundation.js";
import type { ImageSet } from "./images.js";
import type { CodebookTexts } from "./vocabulary.js";

export interface BuildOptions extends EmbedOptions, FilterOptions {
  /** Entries with more votes than this stay; 100 by default, as in the paper. */
  readonly votesNeeded?: number;
  /** Candidates that are or hold one of these words do not stay, whatever their votes. Default: none. */
  readonly without?: readonly string[];
}

export interface CodebookSummary {
  readonly localEntries: number;
  readonly candidates: number;
  readonly globalEntries: number;
  readonly embedding: Omit<TextEmbeddings, "rows">;
}

/**
 * Makes local and global codebook: embeds all texts, lets the images vote, and writes both codebooks in
 * half precision, with the CLIP, as a foundation into the folder (see {@link writeFoundation}). A run
 * that was stopped or killed is continued; votes are kept, so that another `votesNeeded` costs nothing.
 * @throws V2LError what {@link embedTexts} and {@link countVotes} throw; INVALID_ARGUMENT where no
 * candidate has enough votes
 */
export async function buildCodebooks(
  texts: CodebookTexts,
  clip: BundleParts["clip"],
  images: ImageSet,
  options: BuildOptions,
): Promise<CodebookSummary> {
  const { llm, pieces, subwords, candidates } = texts;
  const { votesNeeded = 100 } = options;
  const left = new Set(options.without);
  await mkdir(options.dir, { recursive: true });
  const words = codebookWords(texts);
  const { rows, ...embedding } = await embedTexts(words, clip, options);
  const rowsOf = (wanted: readonly string[]) => pickRows(rows, words, wanted, embedding.width);
  const votes = await countVotes(images, candidates, rowsOf(candidates), clip, options);
  const kept = candidates.filter((entry, i) => {
    return (votes[i] as number) > votesNeeded && !holdsAny(entry, left);
  });
  if (kept.length === 0) {
    const most = votes.reduce((a, b) => Math.max(a, b), 0);
    const what = `candidates with more than ${votesNeeded} votes`;
    const remedy = "Lower votesNeeded, or give more images";
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected(what, "images", `at most ${most} votes for any`, remedy),
    );
  }
  const codebook = (wanted: readonly string[], vocabulary: readonly string[]): Codebook => ({
    embedding: toFloat16(rowsOf(wanted), [wanted.length, embedding.width]),
    vocabulary,
  });
  const local = codebook(subwords, pieces);
  await writeFoundation(options.dir, { clip, llm, local, global: codebook(kept, kept) });
  return {
    localEntries: pieces.length,
    candidates: candidates.length,
    globalEntries: kept.length,
    embedding,
  };
}

/** Every text that either codebook needs, once: the rows of the embedding. */
export function codebookWords({ subwords, candidates }: CodebookTexts): string[] {
  return [...new Set([...subwords, ...candidates])];
}

function pickRows(
  rows: Float32Array,
  words: readonly string[],
  wanted: readonly string[],
  width: number,
): Float32Array {
  const places = new Map(words.map((word, i) => [word, i]));
  const out = new Float32Array(wanted.length * width);
  wanted.forEach((word, i) => {
    const place = places.get(word) as number;
    out.set(rows.subarray(place * width, (place + 1) * width), i * width);
  });
  return out;
}
