import type { Random } from "@v2l/nn";
import type { Ids, Sampling } from "../language-model.js";

/** What a server says about its model. */
export interface ServedModel {
  readonly id: string;
  /** Positions of a sequence. */
  readonly positions: number;
  /** Null where the server does not say. */
  readonly vocabularySize: number | null;
}

/** Tokens that follow a prompt, and the log-probability of each under the whole vocabulary. */
export interface Run {
  readonly tokens: readonly number[];
  readonly logProbs: readonly number[];
}

export interface Choice {
  readonly sampling: Sampling | undefined;
  readonly stop: Ids;
  /** Decides whatever is drawn for this item. */
  readonly random: Random;
}

/** The requests of one kind of server. Arguments have been checked. */
export interface ServerDialect {
  tokenize(text: string, signal: AbortSignal): Promise<number[]>;

  /** @param ids without control tokens */
  detokenize(ids: Ids, signal: AbortSignal): Promise<string>;

  /** Log-probabilities of single tokens after a prompt. */
  logProbs(prompt: Ids, ids: Ids, signal: AbortSignal): Promise<Float32Array>;

  /** Log-probabilities of the tokens of a continuation, which has at least one. */
  score(prefix: Ids, continuation: Ids, signal: AbortSignal): Promise<Float32Array>;

  /**
   * Continues a prompt by at least one and at most `allowed.length` tokens: as many as one request
   * gives. It may go on after a stop token.
   */
  extend(
    prompt: Ids,
    allowed: readonly (Ids | null)[],
    choice: Choice,
    signal: AbortSignal,
  ): Promise<Run>;
}
