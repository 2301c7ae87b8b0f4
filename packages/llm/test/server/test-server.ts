import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LanguageModel, ServerDialectName } from "../../src/index.js";
import { LlamaCppHandler } from "./llama-cpp-handler.js";
import { VllmHandler } from "./vllm-handler.js";

/** A request as a dialect sees it. */
export interface TestRequest {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a client sends
  readonly body: any;
}

/** An error that a server of this dialect answers with. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface DialectHandler {
  /** The answer's JSON. @throws HttpError */
  answer(request: TestRequest): Promise<object>;
}

/** How the server treats one request instead of answering it. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: "hang" }
  /** Answers, as asked, when `count` requests wait for it. */
  | { readonly kind: "wait"; readonly count: number }
  | { readonly kind: "cut" }
  | { readonly kind: "body"; readonly text: string };

export interface TestServer {
  readonly url: string;
  /** Faults of the next requests, first come first. */
  readonly faults: Fault[];
  /** Requests received, with their headers. */
  readonly requests: (TestRequest & { readonly headers: IncomingMessage["headers"] })[];
  /** Most requests that were answered at once. */
  mostAtOnce(): number;
  close(): Promise<void>;
}

/** An HTTP server on a free port of this machine that speaks a dialect on behalf of `model`. */
export async function startTestServer(
  model: LanguageModel,
  dialect: ServerDialectName | DialectHandler,
): Promise<TestServer> {
  const handler = handlerOf(dialect, model);
  const faults: Fault[] = [];
  const requests: TestServer["requests"] = [];
  const waiting = new Waiting();
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer(async (request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    try {
      const text = await readText(request);
      const seen = { path: request.url ?? "", body: text ? JSON.parse(text) : null };
      requests.push({ ...seen, headers: request.headers });
      const fault = faults.shift();
      if (fault?.kind === "wait") await waiting.until(fault.count);
      if (fault && fault.kind !== "wait") misbehave(fault, response);
      else await respond(handler, seen, response);
    } finally {
      atOnce -= 1;
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    mostAtOnce: () => mostAtOnce,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function handlerOf(
  dialect: ServerDialectName | DialectHandler,
  model: LanguageModel,
): DialectHandler {
  if (typeof dialect !== "string") return dialect;
  return dialect === "vllm" ? new VllmHandler(model) : new LlamaCppHandler(model);
}

async function respond(handler: DialectHandler, seen: TestRequest, response: ServerResponse) {
  try {
    send(response, 200, await handler.answer(seen));
  } catch (error) {
    const status = error instanceof HttpError ? error.status : 500;
    send(response, status, { error: { code: status, message: (error as Error).message } });
  }
}

/** Holds requests until enough of them are there. */
class Waiting {
  readonly #release: (() => void)[] = [];

  until(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#release.push(resolve);
      if (this.#release.length < count) return;
      for (const release of this.#release.splice(0)) release();
    });
  }
}

function misbehave(fault: Fault, response: ServerResponse): void {
  if (fault.kind === "status") {
    for (const [name, value] of Object.entries(fault.headers ?? {}))
      response.setHeader(name, value);
    send(response, fault.status, { error: { message: `a fault of status ${fault.status}` } });
  } else if (fault.kind === "body") {
    response.setHeader("content-type", "application/json");
    response.end(fault.text);
  } else if (fault.kind === "cut") {
    response.writeHead(200, { "content-length": "1000" });
    response.write('{"tokens": [');
    setImmediate(() => response.destroy());
  }
}

function send(response: ServerResponse, status: number, json: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(json));
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
