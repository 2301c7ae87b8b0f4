import { randomUUID } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Logger } from "pino";
import { ServerError } from "../errors.js";
import type { Environment } from "./environment.js";
import type { Metrics } from "./metrics.js";

/**
 * The requests that are being answered: each gets a signal that ends it, a line in the log and a place in
 * the metrics.
 */
export class Requests {
  readonly #live = new Set<AbortController>();
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #seconds: number;
  #stopping = false;
  #idle: (() => void) | null = null;

  constructor(log: Logger, metrics: Metrics, seconds: number) {
    this.#log = log;
    this.#metrics = metrics;
    this.#seconds = seconds;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Refuses new requests from now on. @returns when all others have ended */
  stop(): Promise<void> {
    this.#stopping = true;
    if (this.#live.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Ends whatever still runs. */
  abort(): void {
    const reason = new ServerError("STOPPING", "The server stops and could not wait any longer");
    for (const controller of this.#live) controller.abort(reason);
  }

  get middleware(): MiddlewareHandler<Environment> {
    return async (c, next) => {
      const { outgoing } = c.env;
      const controller = new AbortController();
      const begun = performance.now();
      const id = randomUUID();
      const timer = setTimeout(() => {
        const message = `Expected an answer within ${this.#seconds} s but received none yet. Ask for less`;
        controller.abort(new ServerError("TIME_LIMIT", message));
      }, this.#seconds * 1000);
      this.#live.add(controller);
      c.set("signal", controller.signal);
      c.header("x-request-id", id);
      let route = "unknown";
      outgoing.once("close", () => {
        clearTimeout(timer);
        const left = !outgoing.writableFinished;
        if (left) controller.abort(new ServerError("CLIENT_LEFT", "The client left"));
        this.#live.delete(controller);
        if (this.#live.size === 0) this.#idle?.();
        const status = left ? 499 : outgoing.statusCode;
        const seconds = (performance.now() - begun) / 1000;
        this.#metrics.request(c.req.method, route, status, seconds);
        const { method, path } = c.req;
        this.#write(status, { id, method, path, status, seconds: round(seconds) }, c.get("error"));
      });
      if (this.#stopping && c.req.path !== "/healthz") {
        const message = "Expected a request to a running server but this one is stopping";
        throw new ServerError("STOPPING", message, { retryAfter: 5 });
      }
      await next();
      // Middleware matches every method.
      route = matchedRoutes(c).find(({ method }) => method !== "ALL")?.path ?? "unknown";
    };
  }

  #write(status: number, fields: object, error: unknown): void {
    const level = status === 500 ? "error" : status > 500 ? "warn" : "info";
    const told = error === undefined ? {} : { error: errorFields(error, status) };
    this.#log[level]({ ...fields, ...told }, "request");
  }
}

function errorFields(error: unknown, status: number): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = "code" in error ? { code: error.code } : {};
  const stack = status === 500 ? { stack: error.stack } : {};
  return { ...code, message: error.message, ...stack };
}

function round(seconds: number): number {
  return Math.round(seconds * 1e4) / 1e4;
}
