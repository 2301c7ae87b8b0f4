import { once } from "node:events";
import type { LanguageModel } from "@v2l/llm";
import { readServerEnvironment, type ServerOptions, startServer } from "@v2l/server";
import type { V2L } from "v2l";
import type { Call } from "../command/command.js";
import type { Values } from "../command/option.js";
import type { ServeOptions } from "../commands/serve.js";
import { withPossibleReaders } from "../inputs/language-model.js";

export async function serve(call: Call<ServeOptions>): Promise<void> {
  const { options, output, signal } = call;
  await withPossibleReaders(call, async ({ v2l, llm }) => {
    const server = await startServer({ ...serverOptions(v2l, llm, options), warmUp: true });
    try {
      output.result({ url: server.url }, server.url);
      if (!signal.aborted) await once(signal, "abort");
      output.note("Finishing what runs; a second signal stops at once");
    } finally {
      await server.close(options.grace);
    }
  });
}

/** The library's options for the command's. */
function serverOptions(
  v2l: V2L,
  llm: LanguageModel | null,
  options: Values<ServeOptions>,
): ServerOptions {
  const { host, port, upstream, imageHost, words, imageTemplate, chatTemplate, studio } = options;
  const environment = readServerEnvironment();
  const token = options.token ?? environment.token;
  const apiKey = environment.upstreamApiKey;
  const own = options.llm === undefined;
  return {
    v2l,
    llm,
    host,
    port,
    words,
    logLevel: options.logLevel,
    chatTemplate: chatTemplate === "auto" ? (own ? "lines" : "own") : chatTemplate,
    remoteImages: { hosts: imageHost },
    limits: {
      queue: options.queue,
      bytes: options.maxBytes,
      pixels: options.maxPixels,
      seconds: options.timeLimit,
    },
    ...(token !== undefined && { token }),
    ...(upstream !== undefined && {
      upstream: { url: upstream, ...(apiKey !== undefined && { apiKey }) },
    }),
    ...(imageTemplate !== undefined && { imageTemplate }),
    ...(studio !== undefined && { studio }),
  };
}
