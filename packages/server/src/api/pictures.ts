import type { OpenAPIHono } from "@hono/zod-openapi";
import { encodePng, type TokenIds, tokenizerSquare } from "v2l";
import type { Environment } from "../http/environment.js";
import { pngUrl, readImage, tokensOf } from "../images.js";
import type { Service } from "../service.js";
import * as routes from "./routes.js";

/** Routes between pictures and words. */
export function addPictures(app: OpenAPIHono<Environment>, service: Service): void {
  const { v2l, engines } = service;

  app.openapi(routes.encode, async (c) => {
    const { image: input } = c.req.valid("json");
    const answer = await engines.run(async () => {
      const image = await readImage(input, service);
      const { image: sizes, clip } = v2l.manifest;
      const square = tokenizerSquare(image, sizes.size, clip.preprocess);
      const tokens = tokensOf(v2l, await v2l.encode(image));
      return { tokens, square: await pngUrl(square) };
    }, c.get("signal"));
    return c.json(answer, 200);
  });

  app.openapi(routes.decode, async (c) => {
    const { localTokens, globalTokens } = c.req.valid("json");
    const { words } = v2l.manifest.codebooks.global;
    const tokens: TokenIds = { localTokens, globalTokens: repeated(globalTokens, words) };
    const png = await engines.run(async () => {
      return encodePng(await v2l.decode(tokens));
    }, c.get("signal"));
    return c.body(Buffer.from(png), 200, { "content-type": "image/png" });
  });

  app.openapi(routes.neighbours, async (c) => {
    const { codebook, id, count } = c.req.valid("query");
    const found = await v2l.neighbours(codebook, id, count);
    const word = v2l.vocabulary(codebook)[id] as string;
    return c.json({ token: { id, word }, neighbours: found }, 200);
  });

  app.openapi(routes.vocabulary, (c) => {
    const { codebook } = c.req.valid("param");
    return c.json({ words: [...v2l.vocabulary(codebook)] }, 200);
  });

  app.openapi(routes.nearestWords, async (c) => {
    const asked = c.req.valid("json");
    const words = await engines.run(async () => {
      const embeddings =
        "text" in asked
          ? await v2l.embedText([asked.text])
          : await v2l.embedImage([await readImage(asked.image, service)]);
      return v2l.nearestWords(embeddings, { count: asked.count });
    }, c.get("signal"));
    return c.json({ words: words[0] ?? [] }, 200);
  });
}

/** As many as the decoder reads: those that are there, over and over. */
function repeated<T>(items: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => items[i % items.length] as T);
}
