import { toFloat32 } from "@v2l/nn";
import type { Codebook } from "../bundle/open-bundle.js";
import { norm } from "./lexicon.js";
import type { GlobalToken } from "./tokens.js";

export interface NearestWordsOptions {
  /** How many words. Default: as many as `describe` gives. */
  readonly count?: number;
  /** The words to choose from. Default: the whole global vocabulary. */
  readonly among?: (word: string) => boolean;
}

/** A row of the global codebook. */
interface Entry {
  readonly id: number;
  readonly word: string;
  readonly row: Float32Array;
  readonly norm: number;
}

/** The global codebook, searched outside the networks. */
export class WordSearch {
  readonly #entries: readonly Entry[];

  constructor({ embedding, vocabulary }: Codebook) {
    const width = embedding.shape[1] as number;
    const values = toFloat32(embedding);
    this.#entries = vocabulary.map((word, id) => {
      const row = values.subarray(id * width, (id + 1) * width);
      return { id, word, row, norm: norm(row) };
    });
  }

  /** The words of each unit embedding, nearest first, of equal ones the first row. */
  nearest(
    embeddings: readonly Float32Array[],
    count: number,
    among: (word: string) => boolean,
  ): GlobalToken[][] {
    const entries = this.#entries.filter(({ word }) => among(word));
    return embeddings.map((embedding) => {
      const tokens = entries.map(({ id, word, row, norm }) => {
        let product = 0;
        for (let d = 0; d < row.length; d++) product += (row[d] as number) * (embedding[d] ?? 0);
        const similarity = norm === 0 ? 0 : product / norm;
        return { id, word, similarity, distance: 1 + norm ** 2 - 2 * product };
      });
      return tokens.sort((a, b) => a.distance - b.distance).slice(0, count);
    });
  }
}
