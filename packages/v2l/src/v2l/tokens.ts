/** One word that describes the whole image: a row of the global codebook. */
export interface GlobalToken {
  /** Row of the global codebook. */
  readonly id: number;
  readonly word: string;
  /** Cosine between the image's and the word's embedding, in [-1,1]. */
  readonly similarity: number;
  /**
   * Squared L2 distance from the unit image embedding to the word's row, smallest first. The rows are
   * not of unit length (averages of unit embeddings), so the order differs a little from that of
   * `similarity`; it is the official one.
   */
  readonly distance: number;
}

/** The grid of local tokens of one image, row by row. */
export interface LocalTokens {
  /** Rows of the local codebook, `height * width` of them. */
  readonly grid: Int32Array;
  readonly height: number;
  readonly width: number;
  /** The vocabulary entry of every cell. */
  readonly pieces: readonly string[];
}

/** An image in words. */
export interface ImageTokens {
  /** Nearest first; as many as the bundle's decoder reads. */
  readonly globalTokens: readonly GlobalToken[];
  readonly localTokens: LocalTokens;
}

/** What decoding needs of {@link ImageTokens}; ids from elsewhere (a language model) will do. */
export interface TokenIds {
  readonly localTokens: { readonly grid: ArrayLike<number> };
  readonly globalTokens: readonly { readonly id: number }[];
}
