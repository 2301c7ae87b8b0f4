import { defineCommand } from "../command/command.js";
import { choice, integerOr, type Options, text, textOr, texts } from "../command/option.js";
import { READERS } from "../command/shared-options.js";

const options = {
  ...READERS,
  host: textOr(
    "address to listen on; others than this machine's need a token",
    "address",
    "127.0.0.1",
  ),
  port: integerOr("port to listen on; 0: any free one", "number", 0, 0, 65535),
  token: text("what clients have to send as a bearer token (default: V2L_SERVER_TOKEN)", "token"),
  upstream: text(
    "server with OpenAI's API that answers chats, instead of --llm; its key is V2L_UPSTREAM_API_KEY",
    "address",
  ),
  imageHost: texts("a host that images of chats may come from; may be repeated", "host"),
  words: integerOr("words of each image in a chat", "count", 5, 1),
  imageTemplate: text("how an image stands in a chat, with {words} and {number}", "text"),
  chatTemplate: choice(
    "how --llm reads chats: by the template in its file, as the demo's model was trained, or as plain text; " +
      "auto: lines for the bundle's own model, else own, which is plain where the file has no template",
    "name",
    ["auto", "own", "lines", "plain"],
    "auto",
  ),
  queue: integerOr("requests that may wait; more are told to come back", "count", 32, 0, 10_000),
  maxBytes: integerOr("largest request", "bytes", 16 * 2 ** 20, 1024, 2 ** 30),
  maxPixels: integerOr("largest image", "count", 25_000_000, 4),
  timeLimit: integerOr("for a request, with its waiting", "seconds", 120, 1, 86_400),
  grace: integerOr("for what runs when the server is stopped", "seconds", 30, 0, 86_400),
  studio: text("folder of the page (default: the one that comes with v2l)", "folder"),
  logLevel: choice(
    "what is logged on standard error, as lines of JSON",
    "level",
    ["error", "warn", "info", "debug", "silent"],
    "info",
  ),
} satisfies Options;
export type ServeOptions = typeof options;

export const serve = defineCommand({
  name: "serve",
  summary: "Serve the studio's page, a JSON API, and chats with images for OpenAI's clients.",
  details:
    "Prints its address and serves until it is stopped; SIGINT and SIGTERM let it finish what runs. " +
    "/api/openapi.json describes the API. /v1/chat/completions puts the images of a chat into words and " +
    "gives them to a language model that reads only text: --llm, the bundle's own, or an --upstream " +
    "server. See docs/server.md and docs/gateway.md.",
  options,
  examples: [
    ["v2l serve", "for this machine, on a free port"],
    ["v2l serve --port 8000 --upstream http://localhost:8080/v1", "eyes for llama-server"],
    ["v2l serve --host 0.0.0.0 --port 8000 --token SECRET", "for the network"],
  ],
  orderly: true,
  run: async (call) => (await import("../actions/serve.js")).serve(call),
});
