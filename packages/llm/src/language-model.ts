/** Token ids of one text. */
export type Ids = readonly number[];

/** What a vocabulary entry is; the numbers are those of GGUF's `tokenizer.ggml.token_type`. */
export const TOKEN_KINDS = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

export interface LanguageModelInfo {
  /** Names the model to a person: a file's name, or a server's name of it. */
  readonly id: string;
  readonly vocabularySize: number;
  /** SHA-256 (hex) of the pieces joined by line feeds: equal where token ids mean the same. */
  readonly vocabularyHash: string;
  /** Most tokens of a prompt together with what is generated after it. */
  readonly contextSize: number;
  /** Begins every prompt; null where the vocabulary has no such token. */
  readonly bos: number | null;
  /** Ends a text; null where the vocabulary has no such token. */
  readonly eos: number | null;
  /** How conversations become prompts, as the model's file says: a Jinja template; null where it says nothing. */
  readonly chatTemplate: string | null;
}

export interface LanguageModelVocabulary {
  /** The entries as the tokenizer spells them: `▁dog`, `<0x0A>`, `</s>`; the index is the id. */
  readonly pieces: readonly string[];
  /** One of {@link TOKEN_KINDS} for each entry. */
  readonly kinds: Uint8Array;
}

export interface ScoreItem {
  readonly prefix: Ids;
  readonly continuations: readonly Ids[];
}

/** How one token is chosen from the (restricted) distribution. */
export interface Sampling {
  /** 0: the most likely token. */
  readonly temperature: number;
  /** Only the most likely tokens whose probabilities reach this sum; 1: all. */
  readonly topP: number;
  readonly seed: number;
}

export interface GenerateItem {
  readonly prompt: Ids;
  /**
   * The ids allowed at each position, null for the whole vocabulary. Its length is the largest number
   * of tokens generated.
   */
  readonly allowed: readonly (Ids | null)[];
  /** Generation ends after any of these, which stays the last token returned. */
  readonly stop?: Ids;
  /** Greedy by default. */
  readonly sampling?: Sampling;
}

export interface Generated {
  readonly tokens: readonly number[];
  /** Log-probability of each token under the whole vocabulary, without temperature or restriction. */
  readonly logProbs: Float32Array;
}

export interface CallOptions {
  /** Stops the call between two batches; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called as items finish, with the number of finished items and of all items of the call. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * A frozen language model: token ids in, log-probabilities out. It has no state that a caller could
 * see: every call gets whole prompts, and results come in the order of the items. Adapters batch and
 * reuse shared prefixes by themselves, so pass many items in one call.
 *
 * All log-probabilities are natural logarithms under the whole vocabulary. Empty prompts and ids
 * outside the vocabulary are INVALID_ARGUMENT; a prompt that, with what is to be generated, exceeds
 * the context is CONTEXT_OVERFLOW; every call after `close` is DISPOSED.
 */
export interface LanguageModel {
  readonly info: LanguageModelInfo;

  vocabulary(): Promise<LanguageModelVocabulary>;

  /**
   * The ids of a text, as the model's own tokenizer makes them, without bos and eos. Special tokens
   * spelled in the text are text.
   */
  tokenize(text: string): Promise<number[]>;

  /** The text of ids. Control tokens have no text. */
  detokenize(ids: Ids): Promise<string>;

  /**
   * Log-probabilities of the token after each prompt.
   * @param ids the tokens asked about: one list for all prompts, or one list per prompt
   * @returns per prompt, one value per id asked about
   */
  nextLogProbs(
    prompts: readonly Ids[],
    ids: Ids | readonly Ids[],
    options?: CallOptions,
  ): Promise<Float32Array[]>;

  /**
   * Log-probabilities of whole continuations, token by token.
   * @returns per item, per continuation, one value per token of the continuation
   */
  score(items: readonly ScoreItem[], options?: CallOptions): Promise<Float32Array[][]>;

  /** Continues each prompt, greedily or by sampling, within the allowed ids. */
  generate(items: readonly GenerateItem[], options?: CallOptions): Promise<Generated[]>;

  /** Frees the model. Calling it again does nothing. */
  close(): Promise<void>;
}
