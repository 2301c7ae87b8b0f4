import { expected, V2LError } from "@v2l/nn";
import { disposedError } from "../v2l/disposed-error.js";
import {
  type Call,
  type Calls,
  type FromWorker,
  type LoadProgress,
  type Method,
  receiveError,
  type ToWorker,
} from "./messages.js";

interface Pending {
  readonly answer: Promise<unknown>;
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly transfer?: Transferable[];
}

/** The page's end of the worker: calls that are answered, in their order. */
export class WorkerClient {
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  /** Why no more calls are taken; null while they are. */
  private ended: unknown = null;

  constructor(
    private readonly worker: Worker,
    private readonly onProgress: (event: LoadProgress) => void,
  ) {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message || "its script cannot be loaded";
      this.end(new V2LError("RUNTIME", `The worker of v2l failed: ${reason}`));
    };
  }

  /** @throws what the worker throws; the signal's reason; DISPOSED */
  async call<M extends Method>(
    method: M,
    params: Calls[M]["params"],
    { signal, transfer = [] }: CallOptions = {},
  ): Promise<Calls[M]["result"]> {
    signal?.throwIfAborted();
    if (this.ended !== null) throw this.ended;
    const id = this.nextId++;
    const pending = expectAnswer();
    const cancel = () => {
      pending.reject(signal?.reason);
      this.worker.postMessage({ cancel: id } satisfies ToWorker);
    };
    this.pending.set(id, pending);
    signal?.addEventListener("abort", cancel);
    try {
      this.send({ id, method, params }, transfer);
      return (await pending.answer) as Calls[M]["result"];
    } finally {
      this.pending.delete(id);
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Waits for what is running and ends the worker. Later calls throw DISPOSED. */
  async dispose(): Promise<void> {
    this.ended ??= disposedError();
    await Promise.allSettled([...this.pending.values()].map(({ answer }) => answer));
    this.worker.terminate();
  }

  /** Ends the worker at once; what runs fails with `reason`. */
  end(reason: unknown): void {
    this.ended ??= reason;
    this.worker.terminate();
    for (const { reject } of this.pending.values()) reject(reason);
  }

  private send(call: Call, transfer: Transferable[]): void {
    try {
      this.worker.postMessage(call, transfer);
    } catch (cause) {
      const remedy = "Pictures of other origins need crossorigin attributes and CORS";
      const message = expected("what a worker may read", call.method, String(cause), remedy);
      throw new V2LError("INVALID_ARGUMENT", message, { cause });
    }
  }

  private receive(message: FromWorker): void {
    if ("progress" in message) {
      this.onProgress(message.progress);
      return;
    }
    const pending = this.pending.get(message.id);
    if ("error" in message) pending?.reject(receiveError(message.error));
    else pending?.resolve(message.result);
  }
}

function expectAnswer(): Pending {
  let settle: Omit<Pending, "answer"> | undefined;
  const answer = new Promise<unknown>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { answer, ...(settle as Omit<Pending, "answer">) };
}
