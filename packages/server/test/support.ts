import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { FakeLanguageModel, type LanguageModel } from "@v2l/llm";
import { clipNetwork, initialize, toFloat16, tokenizerNetwork } from "@v2l/nn";
import { type RunningServer, type ServerOptions, startServer } from "@v2l/server";
import {
  TINY_CLIP,
  TINY_CLIP_TEXT,
  TINY_TEXT_TOKENIZER,
  TINY_TOKENIZER,
  temporaryFolder,
  tinyRows,
} from "@v2l/testing";
import { type BundleParts, encodePng, type Image, V2L, writeBundle } from "v2l";

const clip = { ...TINY_CLIP, text: TINY_CLIP_TEXT };

function codebook(vocabulary: readonly string[]) {
  const rows = vocabulary.length;
  return { vocabulary, embedding: toFloat16(tinyRows(rows), [rows, 8]) };
}

/** Random weights; images 16x16, grid 8x8, 3 of 7 global words. @param pieces the local vocabulary */
function tinyParts(pieces: readonly string[]): BundleParts {
  return {
    name: "tiny",
    imageSize: 16,
    tokenizer: {
      config: TINY_TOKENIZER,
      weights: initialize(tokenizerNetwork(TINY_TOKENIZER).params, 1),
    },
    discriminator: null,
    localCodebook: codebook(pieces),
    globalCodebook: codebook(Array.from({ length: 7 }, (_, i) => `word${i}`)),
    globalWords: 3,
    clip: {
      config: clip,
      weights: initialize(clipNetwork(clip).params, 3),
      preprocess: "demo",
      textTokenizer: JSON.stringify(TINY_TEXT_TOKENIZER),
      reference: "random",
    },
    llm: null,
    modelCard: null,
  };
}

/**
 * A model that answers every conversation of the plain template with `answer`, a character at a time, and
 * otherwise writes what its fake makes of the prompt.
 */
export function answeringModel(answer: string): FakeLanguageModel {
  const spelled = [...answer, "\n", ..."User:"];
  let pieces: readonly string[] = [];
  const model = new FakeLanguageModel({
    contextSize: 4096,
    script: (prompt, logits) => {
      const text = prompt.map((id) => spell(pieces[id] as string)).join("");
      const at = text.lastIndexOf("Assistant:");
      if (at < 0) return;
      const written = text.slice(at + "Assistant:".length).length;
      const next = spelled[written] ?? "\n";
      logits[pieces.findIndex((piece) => spell(piece) === next)] = 100;
    },
  });
  void model.vocabulary().then((vocabulary) => {
    pieces = vocabulary.pieces;
  });
  return model;
}

function spell(piece: string): string {
  if (piece === "<0x0A>") return "\n";
  return piece === "▁" ? " " : /^<.+>$/.test(piece) ? "" : piece;
}

export interface Tiny {
  readonly server: RunningServer;
  readonly url: string;
  readonly v2l: V2L;
  readonly llm: LanguageModel;
  /** Lines of the log. */
  readonly log: string[];
}

/** A server with a bundle of a few kilobytes and a fake model whose vocabulary is the bundle's. */
export async function startTiny(
  t: Pick<TestContext, "after">,
  options: Partial<ServerOptions> = {},
): Promise<Tiny> {
  const fake = new FakeLanguageModel({ contextSize: 4096 });
  const { pieces } = await fake.vocabulary();
  const folder = join(temporaryFolder(t as TestContext), "bundle");
  await writeBundle(folder, tinyParts(pieces));
  const v2l = await V2L.load(folder, { threads: 1 });
  const llm = options.llm ?? fake;
  const log: string[] = [];
  const server = await startServer({
    v2l,
    llm,
    logLevel: "info",
    log: { write: (line: string) => void log.push(line) },
    ...options,
  });
  t.after(async () => {
    await server.close(0);
    await v2l.dispose();
    await llm.close();
  });
  return { server, url: server.url, v2l, llm, log };
}

/** Sends JSON. */
export function post(
  url: string,
  body: unknown,
  options: { readonly headers?: Record<string, string>; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...options.headers },
    body: JSON.stringify(body),
    ...(options.signal && { signal: options.signal }),
  });
}

/** What a failed request says: its status and the error's code. */
export async function failure(response: Response): Promise<[status: number, code: string]> {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
}

/** A request whose path goes out as it is: `fetch` would tidy it. */
export function rawGet(
  url: string,
  path: string,
  host?: string,
): Promise<[status: number, body: string]> {
  const { hostname, port } = new URL(url);
  const headers = host === undefined ? {} : { host };
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve([response.statusCode ?? 0, body]));
    })
      .on("error", reject)
      .end();
  });
}

/** A picture that depends on `seed`. */
export function picture(seed: number, width = 16, height = 16): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    return 128 + 127 * Math.sin(i * 0.013 * (seed + 1) + seed);
  });
  return { width, height, data };
}

export async function pictureUrl(seed: number, side = 16): Promise<string> {
  const png = await encodePng(picture(seed, side, side));
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** A server on loopback that answers as it is told. @returns its address */
export async function listenWith(
  t: Pick<TestContext, "after">,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A promise to be settled from outside. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Waits until something is so. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 5000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`never: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
