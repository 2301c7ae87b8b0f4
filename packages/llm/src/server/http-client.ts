import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expected, V2LError } from "@v2l/nn";
import pLimit, { type LimitFunction } from "p-limit";
import type { z } from "zod";
import { parseRetryAfter, type RetryOptions, RetryPolicy } from "./retry.js";

/** Statuses that may be gone a moment later. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);
/** Characters of a server's message that an error repeats. */
const MAX_MESSAGE = 500;

export interface HttpOptions {
  /** Sent as a bearer token. */
  readonly apiKey?: string | undefined;
  /** Milliseconds until an answer must be complete. Default 120000. */
  readonly timeout?: number;
  /** Requests under way at once. Default 8. */
  readonly concurrency?: number;
  /** Longest answer read, in bytes. Default 256 MiB. */
  readonly maxAnswerBytes?: number;
  readonly retry?: RetryOptions;
  /** Waits between two tries; may reject when the signal aborts. Default: a timer. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

interface Request {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

type Outcome =
  | { readonly text: string }
  | { readonly error: V2LError; readonly retryAfter: number | null };

/** Sends JSON to one server, a few requests at a time, again where an error may pass. */
export class HttpClient {
  readonly #base: string;
  readonly #apiKey: string | undefined;
  readonly #timeout: number;
  readonly #maxAnswerBytes: number;
  readonly #limit: LimitFunction;
  readonly #retry: RetryPolicy;
  readonly #wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;

  /** @throws V2LError INVALID_ARGUMENT where `url` is no http or https address. */
  constructor(url: string, options: HttpOptions) {
    this.#base = baseAddress(url);
    this.#apiKey = options.apiKey;
    this.#timeout = options.timeout ?? 120_000;
    this.#maxAnswerBytes = options.maxAnswerBytes ?? 1 << 28;
    this.#limit = pLimit(options.concurrency ?? 8);
    this.#retry = new RetryPolicy(options.retry ?? {}, randomInt(2 ** 32));
    this.#wait =
      options.wait ?? ((milliseconds, signal) => sleep(milliseconds, undefined, { signal }));
  }

  get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return this.#ask({ method: "GET", path }, schema, signal);
  }

  post<T>(path: string, body: object, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return this.#ask({ method: "POST", path, body }, schema, signal);
  }

  /** An answer that has the right form but cannot be true. */
  invalid(path: string, what: string, received: unknown, cause?: unknown): V2LError {
    return new V2LError(
      "SERVER_ANSWER_INVALID",
      expected(what, this.#base + path, received, "Check that the dialect fits the server"),
      { cause },
    );
  }

  async #ask<T>(request: Request, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const text = await this.#limit(() => this.#send(request, signal));
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw this.invalid(request.path, "JSON", shorten(text), cause);
    }
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue?.path.join(".") || "the answer";
    throw this.invalid(request.path, "the documented answer", `${where}: ${issue?.message}`);
  }

  async #send(request: Request, signal: AbortSignal): Promise<string> {
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted();
      const outcome = await this.#attempt(request, signal);
      if ("text" in outcome) return outcome.text;
      const delay = this.#retry.delay(tries, outcome.retryAfter);
      if (delay === null) throw outcome.error;
      try {
        await this.#wait(delay, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    }
  }

  /** One request. Errors that may pass are returned, all others thrown. */
  async #attempt(request: Request, signal: AbortSignal): Promise<Outcome> {
    const controller = new AbortController();
    const stop = () => controller.abort();
    const timer = setTimeout(stop, this.#timeout);
    signal.addEventListener("abort", stop, { once: true });
    try {
      const response = await fetch(this.#base + request.path, {
        method: request.method,
        headers: this.#headers(request),
        body: request.body ? JSON.stringify(request.body) : null,
        redirect: "manual",
        signal: controller.signal,
      });
      const text = await this.#read(response, request.path);
      return response.ok ? { text } : this.#failure(response, text, request.path);
    } catch (error) {
      if (error instanceof V2LError) throw error;
      signal.throwIfAborted();
      if (controller.signal.aborted) {
        throw this.#unavailable(
          `an answer within ${this.#timeout} ms`,
          request.path,
          "none",
          error,
        );
      }
      const { cause = error } = error as { cause?: NodeJS.ErrnoException };
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      return {
        error: this.#unavailable("an answer", request.path, reason, error),
        retryAfter: null,
      };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  #headers({ body }: Request): Record<string, string> {
    return {
      accept: "application/json",
      ...(body && { "content-type": "application/json" }),
      ...(this.#apiKey && { authorization: `Bearer ${this.#apiKey}` }),
    };
  }

  async #read(response: Response, path: string): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body ?? []) {
      length += part.length;
      if (length > this.#maxAnswerBytes) {
        throw this.invalid(path, `an answer of at most ${this.#maxAnswerBytes} bytes`, "more");
      }
      parts.push(part);
    }
    return Buffer.concat(parts).toString();
  }

  #failure(response: Response, text: string, path: string): Outcome {
    const { status, headers } = response;
    const received = `status ${status}: ${serverMessage(text) || response.statusText}`;
    if (TRANSIENT.has(status)) {
      return {
        error: this.#unavailable("an answer", path, received),
        retryAfter: parseRetryAfter(headers.get("retry-after"), Date.now()),
      };
    }
    const remedy = status === 401 ? "Set V2L_LLM_SERVER_API_KEY" : undefined;
    throw new V2LError(
      "SERVER_REFUSED",
      expected("a request that the server accepts", this.#base + path, received, remedy),
    );
  }

  #unavailable(what: string, path: string, received: string, cause?: unknown): V2LError {
    return new V2LError(
      "SERVER_UNAVAILABLE",
      expected(
        what,
        this.#base + path,
        received,
        "Check that the server runs and is not overloaded",
      ),
      { cause },
    );
  }
}

/** The address without a trailing slash or `/v1`, which people copy from other clients. */
function baseAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.search) {
    throw new V2LError(
      "INVALID_ARGUMENT",
      expected("an address such as http://127.0.0.1:8080", "url", url),
    );
  }
  return parsed.href.replace(/\/+$/, "").replace(/\/v1$/, "");
}

/** What the server says about an error: OpenAI's form, plain text, or FastAPI's `detail`. */
function serverMessage(text: string): string {
  try {
    const { error, message, detail } = JSON.parse(text);
    const found = error?.message ?? error ?? message ?? detail;
    return shorten(typeof found === "string" ? found : JSON.stringify(found ?? text));
  } catch {
    return shorten(text);
  }
}

function shorten(text: string): string {
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
}
