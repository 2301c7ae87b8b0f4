/** The smallest tokenizer that has all parts: images 16x16, grid 8x8. */
export const TINY_TOKENIZER = {
  resolution: 16,
  ch: 4,
  chMult: [1, 2],
  numResBlocks: 1,
  attnResolutions: [],
  zChannels: 4,
  embedDim: 8,
  normGroups: 2,
} as const;

/** The vision half of a CLIP of the same width. */
export const TINY_CLIP = {
  embedDim: 8,
  vision: { imageSize: 16, patchSize: 8, width: 8, layers: 1, heads: 2 },
  text: null,
} as const;

/** Its text half, for {@link TINY_TEXT_TOKENIZER}. */
export const TINY_CLIP_TEXT = {
  width: 8,
  layers: 1,
  heads: 2,
  contextLength: 6,
  vocabSize: 8,
} as const;

/** Seven pieces, LLaMA style: begin is 1, words count as they are, and 7 ends a text. */
export const TINY_TEXT_TOKENIZER = {
  version: "1.0",
  added_tokens: [],
  normalizer: { type: "Lowercase" },
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordPiece",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: { "<unk>": 0, "<s>": 1, "</s>": 2, a: 3, photo: 4, of: 5, dog: 6 },
    unk_token: "<unk>",
  },
} as const;

/** The values of a codebook of that width, row by row, 8 each. */
export function tinyRows(rows: number): Float32Array {
  return Float32Array.from({ length: rows * 8 }, (_, i) => Math.sin(i * i));
}
