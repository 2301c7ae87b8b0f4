/**
 * Prepares batches ahead of their use. Each is a pure function of its step, so order and number of
 * batches in flight change nothing but the waiting time; at most `depth` are kept.
 */
export class Prefetcher<B> {
  private readonly ready = new Map<number, Promise<B>>();

  constructor(
    private readonly make: (step: number) => Promise<B>,
    private readonly depth: number,
    /** No batch is prepared from this step on. */
    private readonly end: number,
  ) {}

  async get(step: number): Promise<B> {
    for (let ahead = step; ahead <= Math.min(step + this.depth, this.end - 1); ahead++) {
      if (!this.ready.has(ahead)) this.ready.set(ahead, this.start(ahead));
    }
    const batch = this.ready.get(step) ?? this.make(step);
    this.ready.delete(step);
    return batch;
  }

  private start(step: number): Promise<B> {
    const batch = this.make(step);
    batch.catch(() => undefined); // reported when it is asked for, not before
    return batch;
  }
}
