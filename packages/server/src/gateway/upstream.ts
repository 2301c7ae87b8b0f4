import { Agent as HttpAgent, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { expected, V2LError } from "@v2l/nn";
import { ServerError } from "../errors.js";
import type { RequestContext } from "../http/environment.js";
import { STREAMED } from "../http/event-stream.js";
import type { RequestQueue } from "../queue.js";
import { httpRequest, isTls } from "./http-request.js";

export interface UpstreamOptions {
  /** Address of a server with OpenAI's API, such as `http://localhost:8080/v1`. */
  readonly url: string;
  /** Sent as a bearer token. What clients send stays here. */
  readonly apiKey?: string;
}

/** What of an answer's head a client gets. */
const PASSED = ["content-type", "retry-after", "x-request-id"];
const PASSED_PREFIXES = ["openai-", "x-ratelimit-"];

/** The server that has the language model. */
export class Upstream {
  readonly #base: string;
  readonly #agent: HttpAgent;
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws V2LError INVALID_ARGUMENT for what is no address */
  constructor(
    { url, apiKey }: UpstreamOptions,
    private readonly queue: RequestQueue,
  ) {
    if (!/^https?:/i.test(url) || !URL.canParse(url)) {
      throw new V2LError("INVALID_ARGUMENT", expected("an http(s) address", "upstream", url));
    }
    const base = new URL(url);
    this.#base = base.href.replace(/\/+$/, "").replace(/\/v1$/, "");
    this.#agent = isTls(base)
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
    this.#headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  }

  /**
   * Passes a request on and its answer back, as it comes.
   * @param path below the address, such as `/v1/models`
   * @throws ServerError UPSTREAM_UNAVAILABLE, QUEUE_FULL; the signal's reason
   */
  async pass(c: RequestContext, path: string, body?: Uint8Array): Promise<Response> {
    const signal = c.get("signal");
    const slot = await this.queue.enter(signal);
    try {
      const answer = await this.#send(c, path, signal, body);
      answer.once("close", () => slot.release());
      const headers = { ...passedHeaders(answer.headers), ...STREAMED };
      return c.body(bodyOf(answer, c), (answer.statusCode ?? 502) as 200, headers);
    } catch (error) {
      slot.release();
      throw error;
    }
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(
    c: RequestContext,
    path: string,
    signal: AbortSignal,
    body?: Uint8Array,
  ): Promise<IncomingMessage> {
    const headers = {
      ...this.#headers,
      accept: c.req.header("accept") ?? "application/json",
      "accept-encoding": "identity",
      ...(body && { "content-type": "application/json", "content-length": body.length }),
    };
    const method = body ? "POST" : "GET";
    const agent = this.#agent;
    try {
      const url = new URL(this.#base + path);
      const answer = await httpRequest(url, { method, headers, agent, signal }, body);
      const status = answer.statusCode ?? 0;
      if (status < 300 || status >= 400) return answer;
      answer.destroy();
      throw unavailable(`a redirect (${status})`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ServerError) throw error;
      const code = error instanceof Error && "code" in error ? String(error.code) : "no answer";
      throw unavailable(code, error);
    }
  }
}

/** The body of an answer, as it comes. Where it breaks off, the client's connection does too. */
function bodyOf(answer: IncomingMessage, c: RequestContext): ReadableStream<Uint8Array> {
  const parts = answer[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        c.set("error", unavailable("one that broke off", error));
        c.env.outgoing.destroy();
        controller.close();
      }
    },
    cancel() {
      answer.destroy();
    },
  });
}

function passedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed = Object.entries(headers).filter(([name]) => {
    return PASSED.includes(name) || PASSED_PREFIXES.some((prefix) => name.startsWith(prefix));
  });
  return Object.fromEntries(passed.map(([name, value]) => [name, String(value)]));
}

function unavailable(received: string, cause?: unknown): ServerError {
  const message = expected("an answer of the upstream server", "upstream", received);
  return new ServerError("UPSTREAM_UNAVAILABLE", message, { cause });
}
