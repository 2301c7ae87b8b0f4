import { createReadStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { MANIFEST_FILE, RESTORATION_TASKS } from "v2l";
import { ServerError } from "../errors.js";
import type { Environment } from "../http/environment.js";
import type { Service } from "../service.js";
import * as routes from "./routes.js";

/** What does not change while the server runs. */
export interface About {
  readonly version: string;
  readonly upstream: boolean;
}

/** Routes about the server itself, its scenes and its bundle. */
export function addAbout(
  app: OpenAPIHono<Environment>,
  service: Service,
  { version, upstream }: About,
): void {
  const { v2l, llm, restores, scenes, limits } = service;

  app.openapi(routes.info, (c) => {
    const { name, image, clip, codebooks } = v2l.manifest;
    const { grid, codebooks: sizes } = v2l.tokenSpace;
    return c.json(
      {
        version,
        upstream,
        bundle: {
          name,
          imageSize: image.size,
          grid: { height: grid.height, width: grid.width },
          codebooks: { local: sizes.local, global: sizes.global },
          globalWords: codebooks.global.words,
          readsText: clip.config.text !== null && clip.textTokenizer !== null,
          files: bundleFiles(service),
        },
        llm: llm && { id: llm.info.id, contextSize: llm.info.contextSize, restores },
        tasks: [...RESTORATION_TASKS],
        limits: {
          bytes: limits.bytes,
          pixels: limits.pixels,
          seconds: limits.seconds,
          queue: limits.queue,
        },
      },
      200,
    );
  });

  app.openapi(routes.scenes, (c) => c.json({ scenes: [...scenes.list] }, 200));

  app.openapi(routes.scenePicture, (c) => {
    const picture = scenes.picture(c.req.valid("param").name);
    return c.body(Buffer.from(picture), 200, { "content-type": "image/png" });
  });

  app.openapi(routes.bundleFile, (c) => {
    const { file } = c.req.valid("param");
    if (!bundleFiles(service).includes(file)) {
      throw new ServerError("NOT_FOUND", "Expected a file of the bundle but received another name");
    }
    const stream = Readable.toWeb(createReadStream(join(v2l.path, file)));
    const type = file.endsWith(".json") ? "application/json" : "application/octet-stream";
    const sha256 = v2l.manifest.files[file]?.sha256;
    return c.body(stream as ReadableStream<Uint8Array>, 200, {
      "content-type": type,
      ...(sha256 && { etag: `"${sha256}"`, "cache-control": "private, max-age=3600" }),
    });
  });
}

function bundleFiles({ v2l }: Service): string[] {
  return [MANIFEST_FILE, ...Object.keys(v2l.manifest.files)];
}
