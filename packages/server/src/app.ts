import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { type About, addAbout } from "./api/about.js";
import { addPictures } from "./api/pictures.js";
import { addRestoration } from "./api/restoration.js";
import * as routes from "./api/routes.js";
import { addUnderstanding } from "./api/understanding.js";
import { failureOf, firstIssue, ServerError } from "./errors.js";
import { addGateway, type GatewayOptions } from "./gateway/gateway.js";
import type { Environment } from "./http/environment.js";
import { boundedBodies, jsonOnly, loopbackHostsOnly, tokenRequired } from "./http/guards.js";
import type { Requests } from "./http/requests.js";
import { addStudio, pageHeaders } from "./http/studio.js";
import type { Service } from "./service.js";

export interface AppOptions extends About {
  readonly requests: Requests;
  readonly gateway: GatewayOptions;
  /** Asked for by everything but the page and `/healthz`; null: requests must come by a loopback name. */
  readonly token: string | null;
  /** Folder of the studio's page. */
  readonly studio: string;
}

export type App = OpenAPIHono<Environment>;

/** What needs the token. */
const PROTECTED = ["/api/*", "/v1/*", "/metrics"];

/** All routes of the server. */
export function createApp(service: Service, options: AppOptions): App {
  const { requests, token, gateway, studio } = options;
  const app: App = new OpenAPIHono<Environment>({
    defaultHook: (result) => {
      if (!result.success) throw firstIssue(result.error);
    },
  });
  app.onError((error, c) => {
    const { signal } = c.var;
    // A body that ends too early and an aborted job are consequences.
    const cause: unknown = signal?.aborted ? signal.reason : fromFramework(error);
    c.set("error", cause);
    const { status, retryAfter, body } = failureOf(cause);
    if (retryAfter !== null) c.header("retry-after", String(retryAfter));
    return c.json(body, status as 400);
  });
  app.notFound((c) => {
    const message = `Expected a path of this server but received ${c.req.path.slice(0, 200)}`;
    return c.json(failureOf(new ServerError("NOT_FOUND", message)).body, 404);
  });
  app.use(requests.middleware);
  app.use(pageHeaders);
  if (token === null) app.use(loopbackHostsOnly());
  const bounded = boundedBodies(service.limits);
  for (const path of PROTECTED) {
    if (token !== null) app.use(path, tokenRequired(token));
    app.use(path, jsonOnly());
    app.use(path, bounded);
    app.use(path, limitedBody(service.limits.bytes));
  }
  addAbout(app, service, options);
  addPictures(app, service);
  addUnderstanding(app, service);
  addRestoration(app, service);
  addGateway(app, service, gateway);
  addHealth(app, service, requests);
  const info = { title: "v2l", version: options.version };
  app.doc31("/api/openapi.json", { openapi: "3.1.0", info });
  addStudio(app, studio);
  return app;
}

function addHealth(app: App, { engines, metrics }: Service, requests: Requests): void {
  app.openapi(routes.health, (c) => {
    const queue = { running: engines.running, waiting: engines.waiting };
    if (requests.stopping) return c.json({ status: "stopping" as const, queue }, 503);
    return c.json({ status: "ok" as const, queue }, 200);
  });
  app.get("/metrics", async (c) => {
    return c.text(await metrics.text(), 200, { "content-type": metrics.contentType });
  });
}

function limitedBody(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: () => {
      const message = `Expected a body of at most ${maxSize} bytes but received more`;
      throw new ServerError("REQUEST_TOO_LARGE", message);
    },
  });
}

/** Errors of the framework are about the request: JSON that is none. */
function fromFramework(error: Error): Error {
  if (!("getResponse" in error)) return error;
  return new ServerError("REQUEST_INVALID", `Expected JSON for \`body\` but received other text`, {
    cause: error,
    param: "body",
  });
}
