import { serveBatches } from "v2l";
import { demoVocabulary } from "../world/index.js";
import { buffersOf, type Chunk, chunksOf, stepSequences } from "./batch.js";
import type { LlmTrainConfig } from "./config.js";
import { Corpus } from "./corpus/corpus.js";
import { DocumentEncoder } from "./corpus/encode.js";
import { type HeldOut, heldOut } from "./held-out.js";

/** What one step reads. */
export interface LlmBatch {
  readonly chunks: readonly Chunk[];
  /** What to measure after the step; null where nothing is due. */
  readonly heldOut: HeldOut | null;
}

/** The thread that writes text while the model computes. */
serveBatches(async (config: LlmTrainConfig) => {
  const vocabulary = demoVocabulary();
  const corpus = new Corpus(vocabulary, config.mix, config.seed, config.wordnet, config.firstMix);
  const encoder = new DocumentEncoder(vocabulary);
  const options = { ...config, contextSize: config.model.contextSize };
  const { steps, evaluateEvery } = config;
  let measured: HeldOut | null = null;
  return async (step: number) => {
    const sequences = stepSequences(corpus, encoder, step, options);
    const chunks = chunksOf(sequences, config.chunkTokens);
    const finished = step + 1;
    const due = evaluateEvery > 0 && (finished % evaluateEvery === 0 || finished === steps);
    if (due) measured ??= heldOut(corpus, encoder, config);
    const batch: LlmBatch = { chunks, heldOut: due ? measured : null };
    return { batch, transfer: buffersOf(chunks) };
  };
});
