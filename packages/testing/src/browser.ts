import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";
import type { Browser } from "playwright-core";

const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Chromium's program: `V2L_CHROMIUM`, or where Debian and others put it; null where there is none. */
export function chromiumPath(): string | null {
  const places = [process.env.V2L_CHROMIUM, ...CHROMIUMS];
  return places.find((place) => place !== undefined && existsSync(place)) ?? null;
}

/** Why a test in a browser is skipped, for `{ skip }` of node:test; false where Chromium is found. */
export function skipWithoutChromium(): string | false {
  if (chromiumPath() !== null) return false;
  return "Chromium not found: apt-get install chromium, or set V2L_CHROMIUM to its program";
}

/** A browser without a window, in which pages run. Close it. */
export async function openChromium(args: readonly string[] = []): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({
    executablePath: chromiumPath() as string,
    // Containers have neither the right to make sandboxes nor much shared memory.
    args: ["--no-sandbox", "--disable-dev-shm-usage", ...args],
  });
}

/** A web server on loopback. */
export interface StaticServer {
  /** With a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What makes a page cross-origin isolated, so that WebAssembly may have threads. */
export const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
} as const;

/** A policy under which a page loads from its own server only and generates no code. */
export const OWN_SERVER_ONLY = {
  "content-security-policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src 'self' blob: data:",
} as const;

/**
 * Serves folders on a free port of loopback.
 * @param folders by the beginning of the path, e.g. `{ "/": "dist", "/models/": "models" }`; the
 *   longest beginning counts
 * @param headers of every answer
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const prefix = prefixes.find((each) => path.startsWith(each));
    const folder = prefix === undefined ? "" : (folders[prefix] as string);
    const inside = normalize(`${sep}${path.slice(prefix?.length)}`);
    const file = join(folder, inside.endsWith(sep) ? join(inside, "index.html") : inside);
    if (prefix === undefined || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, headers).end();
      return;
    }
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "content-type": type });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
