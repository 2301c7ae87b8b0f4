import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import { ServerError } from "../errors.js";
import type { Limits } from "../limits.js";
import type { Environment } from "./environment.js";

type Guard = MiddlewareHandler<Environment>;

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/**
 * Refuses requests whose `Host` is another name than this machine's: a page of a foreign site could
 * otherwise reach a server on loopback by a name of its own that resolves to it.
 */
export function loopbackHostsOnly(): Guard {
  return async (c, next) => {
    const host = c.req.header("host") ?? "";
    const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : null;
    if (url === null || !isLoopback(url.hostname)) {
      const message =
        "Expected a name of this machine for `Host` but received another. Give the server a token to reach it by other names";
      throw new ServerError("HOST_REFUSED", message);
    }
    await next();
  };
}

/** Asks for `Authorization: Bearer TOKEN`. How long comparing takes tells nothing of the token. */
export function tokenRequired(token: string): Guard {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  const wanted = digest(token);
  return async (c, next) => {
    const [, given = ""] = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
    if (!timingSafeEqual(digest(given), wanted)) {
      c.header("www-authenticate", "Bearer");
      const message =
        "Expected `Authorization: Bearer` with this server's token but received none or another";
      throw new ServerError("UNAUTHORIZED", message);
    }
    await next();
  };
}

/** Bodies are JSON. Other sites' pages cannot send that without being asked first, and are not. */
export function jsonOnly(): Guard {
  return async (c, next) => {
    const type = c.req.header("content-type") ?? "nothing";
    if (c.req.method === "POST" && !/^application\/json\s*(;|$)/i.test(type)) {
      const message = `Expected \`application/json\` for \`content-type\` but received ${type.slice(0, 80)}`;
      throw new ServerError("NOT_JSON", message);
    }
    await next();
  };
}

/**
 * Bounds what all bodies together take of the memory: from its arrival to the end of its answer a request counts
 * with the bytes that it announces, or with as many as it may have.
 */
export function boundedBodies({ bytes, allBytes }: Pick<Limits, "bytes" | "allBytes">): Guard {
  let taken = 0;
  return async (c, next) => {
    if (c.req.method === "POST") {
      const announced = Number(c.req.header("content-length") ?? bytes);
      const size = Math.min(Number.isFinite(announced) ? announced : bytes, bytes);
      if (taken + size > allBytes) {
        const message = "Expected room for the request's body but received one beyond it";
        throw new ServerError("QUEUE_FULL", message, { retryAfter: 1 });
      }
      taken += size;
      c.env.outgoing.once("close", () => {
        taken -= size;
      });
    }
    await next();
  };
}
