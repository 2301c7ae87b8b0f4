import { checkWholeNumber } from "../whole-number.js";

export interface BatchOptions {
  /** How many items go through the networks at once, and wait in memory. Default 8. */
  readonly batchSize?: number;
}

const DEFAULT_BATCH_SIZE = 8;

/** Groups items in their order; the last group may be smaller. */
export async function* batches<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: BatchOptions,
): AsyncGenerator<T[], void, undefined> {
  const { batchSize = DEFAULT_BATCH_SIZE } = options;
  checkWholeNumber(batchSize, "batchSize", 1);
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** All items of an iteration. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
