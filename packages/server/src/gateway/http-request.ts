import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";

/** Whether an address is spoken to with TLS. */
export function isTls(url: URL): boolean {
  return url.protocol === "https:";
}

/**
 * Sends a request and waits for the head of the answer.
 * @param options `signal` ends the whole exchange, also after this has returned
 * @throws the signal's reason, or what the connection threw
 */
export function httpRequest(
  url: URL,
  options: RequestOptions & { readonly signal: AbortSignal },
  body?: Uint8Array,
): Promise<IncomingMessage> {
  const { request } = isTls(url) ? https : http;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (answer) => {
      // Whoever reads the body hears of its errors; without a reader they are of no interest.
      answer.on("error", () => {});
      resolve(answer);
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const { aborted, reason } = options.signal;
      // The other side had closed an idle connection just when it was used again.
      const stale = outgoing.reusedSocket && error.code === "ECONNRESET";
      if (stale && !aborted) resolve(httpRequest(url, options, body));
      else reject(aborted ? reason : error);
    });
    outgoing.end(body);
  });
}
