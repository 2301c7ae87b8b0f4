import type { OpenAPIHono } from "@hono/zod-openapi";
import type { LanguageModel } from "@v2l/llm";
import {
  type DamageOptions,
  damageImage,
  extendImage,
  hiddenCells,
  type Image,
  marginsOfTokens,
  maskWhere,
  type Restoration,
  type RestorationStep,
  type RestoreOptions,
  readReferences,
  restoreStepwise,
  snapToGrid,
  tokenId,
  type V2L,
} from "v2l";
import type { z } from "zod";
import type { RestoreEvent, RestoreRequest } from "../contract/index.js";
import type { Environment } from "../http/environment.js";
import { streamEvents } from "../http/event-stream.js";
import { pngUrl, readImage, tokensOf } from "../images.js";
import { requireModel, type Service } from "../service.js";
import * as routes from "./routes.js";

type Asked = z.output<typeof RestoreRequest>;

/** The route on which the language model restores images. */
export function addRestoration(app: OpenAPIHono<Environment>, service: Service): void {
  app.openapi(routes.restore, async (c) => {
    const asked = c.req.valid("json");
    const llm = requireModel(service);
    const signal = c.get("signal");
    if (!service.restores) await service.v2l.checkLanguageModel(llm);
    const slot = await service.engines.enter(signal);
    return streamEvents(c, events(service, llm, asked, signal), () => slot.release());
  });
}

async function* events(
  service: Service,
  llm: LanguageModel,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<RestoreEvent, void, undefined> {
  const { v2l } = service;
  const { task } = asked;
  const { image, damage } = await damagedImage(service, asked);
  const clean = asked.damage ? damageImage(image, task, v2l.manifest, damage) : null;
  const learned = await referenceImages(service, asked, signal);
  const references = await readReferences(v2l, learned, task, { ...damage, signal });
  const settings = { ...damage, ...promptOptions(asked), references, signal };
  const steps = restoreStepwise(v2l, llm, clean?.degraded ?? image, task, settings);
  let next = await steps.next();
  for (; !next.done; next = await steps.next()) yield stepEvent(v2l, next.value, asked.pictures);
  yield doneEvent(v2l, next.value, clean?.clean ?? null);
}

/** The library's options for the request's. */
function promptOptions(asked: Asked): RestoreOptions {
  const { examples, choose, context, step, candidates, order, reads } = asked;
  const { nearest, batchSize, paste, temperature, topP, seed } = asked;
  return {
    ...(examples !== undefined && { examples }),
    ...(choose !== "auto" && { choose }),
    context,
    step,
    candidates,
    order,
    nearest,
    batchSize,
    paste,
    sampling: { temperature, topP, seed },
    ...(reads !== "auto" && { reads }),
  };
}

/** The image to restore, and what is known of its damage. */
async function damagedImage(
  service: Service,
  { image: input, task, mask, margins, shift, kernel, damage }: Asked,
): Promise<{ image: Image; damage: DamageOptions }> {
  const { v2l } = service;
  const { grid } = v2l.manifest;
  const image = await readImage(input, service);
  switch (task) {
    case "deblur":
      return { image, damage: { blur: { kernel } } };
    case "shift":
      return { image, damage: { shift } };
    case "rotation":
      return { image, damage: {} };
    case "outpainting":
      if (margins !== undefined && !damage) {
        const extended = extendImage(image, marginsOfTokens(image, margins, grid));
        return { image: extended.image, damage: { mask: snapToGrid(extended.pixels, grid).mask } };
      }
  }
  if (mask === undefined) return { image, damage: {} };
  const cells = new Set(
    mask.map((cell, i) => tokenId(cell, `mask[${i}]`, grid.height * grid.width)),
  );
  const hidden = maskWhere(grid, (row, column) => cells.has(row * grid.width + column));
  return { image, damage: { mask: hidden } };
}

async function referenceImages(
  service: Service,
  { references }: Asked,
  signal: AbortSignal,
): Promise<Image[]> {
  const images: Image[] = [];
  for (const [i, input] of references.entries()) {
    signal.throwIfAborted();
    images.push(await readImage(input, service, `references[${i}]`));
  }
  return images;
}

async function stepEvent(
  v2l: V2L,
  { cells, tokens, logProbs, grid, globalTokens, done, total }: RestorationStep,
  pictures: boolean,
): Promise<RestoreEvent> {
  const picture = pictures ? await v2l.decode({ localTokens: { grid }, globalTokens }) : null;
  const words = v2l.vocabulary("local");
  return {
    type: "step",
    cells: [...cells],
    tokens: [...tokens],
    pieces: tokens.map((token) => words[token] as string),
    logProbs: known(logProbs),
    grid: [...grid],
    done,
    total,
    picture: picture && (await pngUrl(picture)),
  };
}

async function doneEvent(
  v2l: V2L,
  restoration: Restoration,
  clean: Image | null,
): Promise<RestoreEvent> {
  const { tokens, mask, logProbs, degraded, restored } = restoration;
  const original = restoration.original ?? clean;
  return {
    type: "done",
    tokens: tokensOf(v2l, tokens),
    cells: hiddenCells(mask),
    logProbs: known(logProbs),
    degraded: await pngUrl(degraded),
    restored: await pngUrl(restored),
    original: original && (await pngUrl(original)),
  };
}

/** JSON has no NaN. */
function known(values: Float32Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}
