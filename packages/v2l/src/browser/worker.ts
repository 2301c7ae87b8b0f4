import "./symbol-dispose.js";
import type { Codec } from "../v2l/codec.js";
import { disposedError } from "../v2l/disposed-error.js";
import { load } from "./load.js";
import {
  type Call,
  type Calls,
  type FromWorker,
  type Method,
  sendError,
  type ToWorker,
} from "./messages.js";
import { readImage } from "./read-image.js";

/** What a dedicated worker's global scope offers. */
interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const scope = self as unknown as Scope;

let codec: Codec | null = null;

/** The last call, settled without an error when it has been answered: calls run one after the other. */
let last: Promise<void> = Promise.resolve();

const waiting = new Set<number>();

scope.onmessage = ({ data }) => {
  if ("cancel" in data) {
    waiting.delete(data.cancel);
    return;
  }
  waiting.add(data.id);
  last = last.then(() => answer(data));
};

const HANDLERS: { [M in Method]: (params: Calls[M]["params"]) => Promise<Calls[M]["result"]> } = {
  load: async (params) => {
    const loaded = await load(params, (progress) => scope.postMessage({ progress }));
    codec = loaded.codec;
    const { device, threads } = loaded;
    return { lexicon: codec.lexicon.parts, device, threads };
  },
  encode: async (params) => first(await live().encode([await readImage(params)])),
  describe: async (params) => {
    const embedding = await live().describe([await readImage(params)]);
    return live().lexicon.globalTokens(embedding, 0);
  },
  reconstruct: async (params) => live().reconstruct(await readImage(params)),
  decode: async (tokens) => first(await live().decode([tokens])),
};

async function answer({ id, method, params }: Call): Promise<void> {
  // Lets the messages in that came while the processor computed, cancellations among them.
  await new Promise((resolve) => setTimeout(resolve));
  if (!waiting.delete(id)) return;
  try {
    const handle = HANDLERS[method] as (params: unknown) => Promise<unknown>;
    scope.postMessage({ id, result: await handle(params) });
  } catch (error) {
    scope.postMessage({ id, error: sendError(error) });
  }
}

function live(): Codec {
  if (codec === null) throw disposedError();
  return codec;
}

function first<T>(items: readonly T[]): T {
  return items[0] as T;
}
