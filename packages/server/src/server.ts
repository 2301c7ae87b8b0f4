import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { LanguageModel } from "@v2l/llm";
import { expected, V2LError } from "@v2l/nn";
import type { DestinationStream, Logger } from "pino";
import type { V2L } from "v2l";
import { type App, createApp } from "./app.js";
import { CHAT_TEMPLATES, type ChatTemplateName } from "./gateway/chat-templates.js";
import { checkImageTemplate, DEFAULT_IMAGE_TEMPLATE } from "./gateway/image-template.js";
import { RemoteImages, type RemoteImagesOptions } from "./gateway/remote-images.js";
import { Upstream, type UpstreamOptions } from "./gateway/upstream.js";
import { isLoopback } from "./http/guards.js";
import { createLog, type LogLevel } from "./http/log.js";
import { Metrics } from "./http/metrics.js";
import { Requests } from "./http/requests.js";
import { STUDIO_FOLDER } from "./http/studio.js";
import { DEFAULT_LIMITS, type Limits } from "./limits.js";
import { RequestQueue } from "./queue.js";
import { Scenes } from "./scenes.js";
import type { Service } from "./service.js";

export interface ServerOptions {
  /** Stays the caller's, who disposes it after {@link RunningServer.close}. */
  readonly v2l: V2L;
  /** The same; null: what needs one is refused. */
  readonly llm: LanguageModel | null;
  /** Address to listen on. Default 127.0.0.1; others need a token. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** What clients have to send as `Authorization: Bearer TOKEN`. */
  readonly token?: string;
  readonly limits?: Partial<Limits>;
  /** Where chat completions go, instead of `llm`. */
  readonly upstream?: UpstreamOptions;
  /** Where the gateway may get images from. Default: nowhere, data URLs only. */
  readonly remoteImages?: RemoteImagesOptions;
  /** Words of an image that the gateway puts into a message. Default 5. */
  readonly words?: number;
  /** How an image stands in a message: a text with `{words}` and `{number}`. */
  readonly imageTemplate?: string;
  /** How `llm` reads conversations. Default `own`. */
  readonly chatTemplate?: ChatTemplateName;
  /** Load the networks now rather than at the first request. Default false. */
  readonly warmUp?: boolean;
  /** Folder of the studio's page. Default: where its build puts it. */
  readonly studio?: string;
  /** Default `silent`. */
  readonly logLevel?: LogLevel;
  /** Where the log goes. Default: the standard error stream. */
  readonly log?: DestinationStream;
}

export interface RunningServer {
  /** `http://127.0.0.1:43210` */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no new requests, finishes those that run, and ends.
   * @param seconds how long to wait for them; then they are stopped. Default 30
   */
  close(seconds?: number): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const DEFAULT_WORDS = 5;
const DEFAULT_GRACE = 30;
/** Milliseconds in which requests that were stopped are told so. */
const LAST_WORDS = 1000;
/** Connections at once; more are closed. */
const MOST_CONNECTIONS = 512;

/**
 * Starts the server: the JSON API, the gateway and the studio's page (docs/server.md, docs/gateway.md).
 * @throws V2LError INVALID_ARGUMENT for options that do not fit; the system's error where it cannot listen.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = LOOPBACK, port = 0, token = null } = options;
  checkHost(host, token);
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const engines = new RequestQueue({ concurrency: 1, length: limits.queue });
  const upstreamQueue = new RequestQueue({ concurrency: limits.upstream, length: 0 });
  const metrics = new Metrics({ engines, upstream: upstreamQueue });
  const log = createLog(options.logLevel ?? "silent", options.log ?? process.stderr);
  const requests = new Requests(log, metrics, limits.seconds);
  const upstream = options.upstream ? new Upstream(options.upstream, upstreamQueue) : null;
  const { v2l, llm } = options;
  const restores = llm !== null && (await fits(v2l, llm));
  const scenes = await Scenes.read();
  const service: Service = { v2l, llm, restores, scenes, limits, engines, metrics };
  const app = createApp(service, {
    version: packageVersion(),
    upstream: upstream !== null,
    requests,
    token,
    studio: options.studio ?? STUDIO_FOLDER,
    gateway: {
      upstream,
      remote: new RemoteImages(options.remoteImages ?? { hosts: [] }),
      words: options.words ?? DEFAULT_WORDS,
      imageTemplate: checkImageTemplate(options.imageTemplate ?? DEFAULT_IMAGE_TEMPLATE),
      chatTemplate: checkChatTemplate(options.chatTemplate ?? "own"),
    },
  });
  const server = httpServer(app, limits);
  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const shown = address.family === "IPv6" ? `[${address.address}]` : address.address;
  const url = `http://${shown}:${address.port}`;
  log.info({ url, bundle: v2l.manifest.name, llm: llm?.info.id ?? null }, "listening");
  if (options.warmUp) void warmUp(service, log);
  let closing: Promise<void> | null = null;
  return {
    url,
    port: address.port,
    close: (seconds = DEFAULT_GRACE) => {
      closing ??= close(server, requests, seconds).then(() => {
        upstream?.close();
        log.info("stopped");
      });
      return closing;
    },
  };
}

function httpServer(app: App, { sendSeconds }: Limits): Server {
  const milliseconds = sendSeconds * 1000;
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer({
    requestTimeout: milliseconds,
    headersTimeout: milliseconds,
    connectionsCheckingInterval: Math.min(5000, milliseconds / 2),
  });
  server.on("request", listener);
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(server: Server, requests: Requests, seconds: number): Promise<void> {
  const idle = requests.stop();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timers = [
    setTimeout(() => requests.abort(), seconds * 1000),
    // Whoever is still sending, or does not read.
    setTimeout(() => server.closeAllConnections(), seconds * 1000 + LAST_WORDS),
  ];
  await idle;
  timers.forEach(clearTimeout);
  server.closeAllConnections();
  await closed;
}

/** Sends a scene through the networks. */
async function warmUp({ v2l, scenes, engines }: Service, log: Logger): Promise<void> {
  const [scene] = scenes.list;
  if (scene === undefined) return;
  const picture = scenes.picture(scene.name);
  const never = new AbortController().signal;
  await engines
    .run(() => v2l.reconstruct(picture), never)
    .then(
      () => log.debug("networks loaded"),
      (error) => log.error({ err: error }, "warm-up failed"),
    );
}

async function fits(v2l: V2L, llm: LanguageModel): Promise<boolean> {
  try {
    await v2l.checkLanguageModel(llm);
    return true;
  } catch (error) {
    if (error instanceof V2LError && error.code === "VOCABULARY_MISMATCH") return false;
    throw error;
  }
}

function checkHost(host: string, token: string | null): void {
  if (token === "") {
    throw new V2LError("INVALID_ARGUMENT", expected("a token", "token", "an empty one"));
  }
  if (token !== null || isLoopback(host)) return;
  const remedy = "Others could use the server: give it a token too";
  const message = expected("an address of this machine alone", "host", host, remedy);
  throw new V2LError("INVALID_ARGUMENT", message);
}

function checkChatTemplate(name: ChatTemplateName): ChatTemplateName {
  if (name in CHAT_TEMPLATES) return name;
  const names = Object.keys(CHAT_TEMPLATES).join(" or ");
  throw new V2LError("INVALID_ARGUMENT", expected(names, "chatTemplate", name));
}

function packageVersion(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
