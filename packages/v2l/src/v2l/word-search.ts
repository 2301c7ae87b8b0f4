import { toFloat32 } from "@v2l/nn";
import type { Codebook } from "../bundle/bundle.js";
import { norm } from "./lexicon.js";
import type { GlobalToken } from "./tokens.js";

export interface NearestWordsOptions {
  /** How many words. Default: as many as `describe` gives. */
  readonly count?: number;
  /** The words to choose from. Default: the whole global vocabulary. */
  readonly among?: (word: string) => boolean;
}

/** A word of a codebook beside another. */
export interface Neighbour {
  /** Row of the codebook. */
  readonly id: number;
  readonly word: string;
  /** Cosine between the two rows, in [-1,1]. */
  readonly similarity: number;
}

/** A row of a codebook. */
interface Entry {
  readonly id: number;
  readonly word: string;
  readonly row: Float32Array;
  readonly norm: number;
}

/** A codebook, searched outside the networks. */
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

  /** Cosine between two rows, in [-1,1]. */
  similarity(a: number, b: number): number {
    const [one, other] = [this.#entries[a] as Entry, this.#entries[b] as Entry];
    if (one.norm === 0 || other.norm === 0) return 0;
    let product = 0;
    for (let d = 0; d < one.row.length; d++) product += (one.row[d] ?? 0) * (other.row[d] ?? 0);
    return product / (one.norm * other.norm);
  }

  /** The words whose rows point where that of `id` does, the most similar first, without itself. */
  neighbours(id: number, count: number): Neighbour[] {
    const all = this.#entries.map((other) => {
      return { id: other.id, word: other.word, similarity: this.similarity(id, other.id) };
    });
    const others = all.filter((other) => other.id !== id);
    return others.sort((a, b) => b.similarity - a.similarity).slice(0, count);
  }
}
