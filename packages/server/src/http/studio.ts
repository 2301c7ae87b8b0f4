import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serveStatic } from "@hono/node-server/serve-static";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Environment } from "./environment.js";

/** Where the studio's page is put when it is built. */
export const STUDIO_FOLDER = fileURLToPath(new URL("../../../public", import.meta.url));

const SELF = "'self'";
const NONE = "'none'";

/**
 * Headers of every answer. Pages load nothing from elsewhere and run no script but files of this server;
 * WebAssembly and isolation are for computing in the browser, the camera for pictures from it.
 */
export const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: [NONE],
    scriptSrc: [SELF, "'wasm-unsafe-eval'"],
    styleSrc: [SELF],
    imgSrc: [SELF, "data:", "blob:"],
    mediaSrc: [SELF, "blob:"],
    connectSrc: [SELF],
    fontSrc: [SELF],
    workerSrc: [SELF],
    manifestSrc: [SELF],
    baseUri: [NONE],
    formAction: [NONE],
    frameAncestors: [NONE],
  },
  crossOriginOpenerPolicy: "same-origin",
  crossOriginEmbedderPolicy: "require-corp",
  crossOriginResourcePolicy: "same-origin",
  referrerPolicy: "no-referrer",
  strictTransportSecurity: false,
  permissionsPolicy: { camera: ["self"], microphone: [], geolocation: [] },
});

/** Files in `assets` have a hash of their content in their names and never change; of others browsers ask again. */
const keepAssets: MiddlewareHandler<Environment> = async (c, next) => {
  await next();
  const hashed = c.res.ok && c.req.path.startsWith("/assets/");
  c.header("cache-control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
};

/** Serves the files of a folder, where there is a page in it. */
export function addStudio(app: OpenAPIHono<Environment>, folder: string): void {
  if (existsSync(join(folder, "index.html"))) {
    app.get("/*", keepAssets, serveStatic({ root: folder, precompressed: true }));
    return;
  }
  app.get("/", (c) => {
    return c.text(
      "v2l serves its API here: /api/openapi.json describes it, /v1/chat/completions is the gateway.\n",
    );
  });
}
