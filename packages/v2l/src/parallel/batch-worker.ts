import { parentPort, Worker, workerData } from "node:worker_threads";

interface Reply<B> {
  readonly id: number;
  readonly batch?: B;
  readonly error?: unknown;
}

/** Runs a batch function in a worker thread, so that pictures are drawn while the model computes. */
export class BatchWorker<B> {
  private readonly worker: Worker;
  private readonly waiting = new Map<
    number,
    { resolve: (batch: B) => void; reject: (error: unknown) => void }
  >();

  /** `module` calls {@link serveBatches}; `setup` is what its function is made from. */
  constructor(module: URL, setup: unknown) {
    this.worker = new Worker(module, { workerData: setup });
    this.worker.on("message", (reply: Reply<B>) => {
      const request = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if (reply.batch === undefined) request?.reject(reply.error);
      else request?.resolve(reply.batch);
      if (this.waiting.size === 0) this.worker.unref();
    });
    this.worker.on("error", (error) => this.rejectAll(error));
    this.worker.on("exit", () => this.rejectAll(new Error("The thread that draws batches ended")));
    this.worker.unref();
  }

  make(step: number): Promise<B> {
    this.worker.ref();
    return new Promise((resolve, reject) => {
      this.waiting.set(step, { resolve, reject });
      this.worker.postMessage(step);
    });
  }

  async dispose(): Promise<void> {
    // An idle thread does not keep the process alive, but waiting for its end must: no late reply may
    // release it.
    this.worker.removeAllListeners("message");
    this.worker.ref();
    await this.worker.terminate();
  }

  private rejectAll(error: unknown): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/**
 * The worker's side: answers every step with its batch, one after the other.
 * `start` receives the setup; its function returns the batch and the buffers to hand over.
 */
export function serveBatches<S, B>(
  start: (setup: S) => Promise<(step: number) => Promise<{ batch: B; transfer: ArrayBuffer[] }>>,
): void {
  const port = parentPort;
  if (port === null) return;
  const make = start(workerData as S);
  let queue: Promise<unknown> = make;
  port.on("message", (id: number) => {
    queue = queue.then(async () => {
      try {
        const { batch, transfer } = await (await make)(id);
        port.postMessage({ id, batch } satisfies Reply<B>, transfer);
      } catch (error) {
        port.postMessage({ id, error } satisfies Reply<B>);
      }
    });
  });
}
