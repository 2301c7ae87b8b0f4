import { failureOf } from "../errors.js";
import type { RequestContext } from "./environment.js";

/** Header of a body that comes in pieces: without it the adapter waits for a while whether more comes. */
export const STREAMED = { "transfer-encoding": "chunked" } as const;

interface Event {
  readonly type: string;
}

/**
 * Answers with events as they come: a JSON object a line, or server-sent events where the client asks for
 * them. An error in the middle is an event of type `error`.
 *
 * Events are made without waiting for a slow reader, so that it holds up no one else; how much there can be
 * is bounded by what was asked for.
 * @param ended called when no more events are made
 */
export function streamEvents(
  c: RequestContext,
  events: AsyncIterable<Event>,
  ended: () => void,
): Response {
  const asEvents = /\btext\/event-stream\b/.test(c.req.header("accept") ?? "");
  const write = (event: Event): string => {
    const json = JSON.stringify(event);
    return asEvents ? `event: ${event.type}\ndata: ${json}\n\n` : `${json}\n`;
  };
  const body = textStream(async (send) => {
    try {
      for await (const event of events) send(write(event));
    } catch (error) {
      c.set("error", error);
      const { code, message } = failureOf(error).body.error;
      send(write({ type: "error", error: { code, message } } as Event));
    } finally {
      ended();
    }
  });
  return c.body(body, 200, {
    "content-type": asEvents ? "text/event-stream" : "application/x-ndjson",
    "cache-control": "no-store",
    ...STREAMED,
  });
}

/** A body that `produce` writes; what it sends after the reader has left is dropped. */
export function textStream(
  produce: (send: (text: string) => void) => Promise<void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let open = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => {
        if (open) controller.enqueue(encoder.encode(text));
      };
      void produce(send).finally(() => {
        if (open) controller.close();
        open = false;
      });
    },
    cancel() {
      open = false;
    },
  });
}
