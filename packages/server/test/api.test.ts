import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type {
  AskResponse,
  CaptionResponse,
  ClassifyResponse,
  EncodeResponse,
  Info,
  NearestWordsResponse,
  NeighboursResponse,
  RestoreEvent,
  ScenesResponse,
} from "@v2l/server";
import { tinyRows } from "@v2l/testing";
import { answer, caption, classify, encodePng, loadImage, readReferences, restore } from "v2l";
import { failure, picture, pictureUrl, post, startTiny, type Tiny } from "./support.js";

/** `t.after` for a whole suite. */
const ends: (() => unknown)[] = [];
const suite = { after: (end: () => unknown) => void ends.push(end) };

describe("the JSON API", () => {
  let tiny: Tiny;
  const api = (path: string) => `${tiny.url}/api${path}`;
  const get = async <T>(path: string) => (await (await fetch(api(path))).json()) as T;
  const ask = async <T>(path: string, body: unknown) => {
    const response = await post(api(path), body);
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as T;
  };

  before(async () => {
    tiny = await startTiny(suite as Parameters<typeof startTiny>[0]);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test("encode gives the library's tokens and the square", async () => {
    const { tokens, square } = await ask<EncodeResponse>("/encode", { image: await pictureUrl(1) });
    const { v2l } = tiny;
    assert.deepEqual(
      tokens,
      JSON.parse(JSON.stringify(v2l.tokensToJson(await v2l.encode(picture(1))))),
    );
    // A picture of the square's own size stays as it is.
    const shown = await loadImage(Buffer.from(square.split(",")[1] as string, "base64"));
    assert.deepEqual([...shown.data], [...picture(1).data]);
  });

  test("decode gives the library's picture, and repeats global words that are missing", async () => {
    const tokens = await tiny.v2l.encode(picture(2));
    const decoded = async (globalTokens: readonly { id: number }[]) => {
      const body = { localTokens: { grid: [...tokens.localTokens.grid] }, globalTokens };
      const response = await post(api("/decode"), body);
      assert.equal(response.headers.get("content-type"), "image/png");
      return Buffer.from(await response.arrayBuffer());
    };
    const whole = Buffer.from(await encodePng(await tiny.v2l.decode(tokens)));
    assert.ok((await decoded(tokens.globalTokens)).equals(whole));
    const [a, b] = tokens.globalTokens as unknown as [{ id: number }, { id: number }];
    assert.ok((await decoded([a, b])).equals(await decoded([a, b, a])));
    const bad = { localTokens: { grid: [0] }, globalTokens: [a] };
    assert.deepEqual(await failure(await post(api("/decode"), bad)), [400, "INVALID_ARGUMENT"]);
  });

  test("neighbours are ordered by the cosine of the codebook's rows", async () => {
    const rows = Array.from({ length: 7 }, (_, i) => tinyRows(7).slice(i * 8, (i + 1) * 8));
    const cosine = (a: Float32Array, b: Float32Array) => {
      const dot = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
      return dot / (Math.hypot(...a) * Math.hypot(...b));
    };
    const [row] = rows as [Float32Array];
    const wanted = rows
      .map((other, id) => ({ id, similarity: cosine(row, other) }))
      .slice(1)
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, 4);
    const found = await get<NeighboursResponse>("/neighbours?codebook=global&id=0&count=4");
    assert.deepEqual(found.token, { id: 0, word: "word0" });
    assert.deepEqual(
      found.neighbours.map(({ id, word }) => [id, word]),
      wanted.map(({ id }) => [id, `word${id}`]),
    );
    // Rows are stored in half precision.
    found.neighbours.forEach(({ similarity }, i) => {
      assert.ok(Math.abs(similarity - (wanted[i]?.similarity as number)) < 2e-3);
    });
    const outside = await fetch(api("/neighbours?codebook=global&id=7"));
    assert.deepEqual(await failure(outside), [400, "INVALID_ARGUMENT"]);
    const wrong = await fetch(api("/neighbours?codebook=other&id=0"));
    assert.deepEqual(await failure(wrong), [400, "REQUEST_INVALID"]);
  });

  test("vocabulary lists the words of a codebook", async () => {
    const { words } = await get<{ words: string[] }>("/vocabulary/local");
    assert.deepEqual(words, (await tiny.llm.vocabulary()).pieces);
  });

  test("words nearest to an image are those of its description, and texts have some too", async () => {
    const asked = { image: await pictureUrl(3), count: 3 };
    const { words } = await ask<NearestWordsResponse>("/words", asked);
    const described = await tiny.v2l.describe(picture(3));
    assert.deepEqual(
      words.map(({ id }) => id),
      described.map(({ id }) => id),
    );
    const near = await ask<NearestWordsResponse>("/words", { text: "dog", count: 2 });
    const [embedding] = await tiny.v2l.embedText(["dog"]);
    const [library] = await tiny.v2l.nearestWords([embedding as Float32Array], { count: 2 });
    assert.deepEqual(near.words, library);
  });

  test("classify answers as the library does, and shows the prompt", async () => {
    const [a, b, query] = await Promise.all([1, 2, 3].map((seed) => wordsOf(tiny, seed)));
    const [wanted] = await classify(
      tiny.llm,
      [
        {
          classes: ["zorb", "blick"],
          examples: [
            { words: a as string[], output: "zorb" },
            { words: b as string[], output: "blick" },
          ],
          query: query as string[],
        },
      ],
      { words: 2 },
    );
    const result = await ask<ClassifyResponse>("/classify", {
      image: await pictureUrl(3),
      examples: [
        { image: await pictureUrl(1), label: "zorb" },
        { image: await pictureUrl(2), label: "blick" },
      ],
      words: 2,
    });
    assert.equal(result.label, wanted?.label);
    assert.deepEqual(
      result.choices.map(({ probability }) => probability),
      wanted?.choices.map(({ probability }) => probability),
    );
    assert.deepEqual(result.prompt, {
      text: wanted?.prompt.text,
      tokens: wanted?.prompt.ids.length,
    });
    assert.match(result.prompt.text, /one of: zorb, blick\.\nInput: word\d word\d Output: zorb\n/);
    assert.deepEqual(result.words, (query as string[]).slice(0, 2));
    const none = await post(api("/classify"), { image: await pictureUrl(3) });
    assert.deepEqual(await failure(none), [400, "INVALID_ARGUMENT"]);
  });

  test("caption and ask answer as the library does", async () => {
    const query = await wordsOf(tiny, 4);
    const image = await pictureUrl(4);
    const [written] = await caption(tiny.llm, [{ examples: [], query }], {
      words: 5,
      maxTokens: 6,
    });
    const captioned = await ask<CaptionResponse>("/caption", { image, maxTokens: 6 });
    assert.deepEqual(
      [captioned.text, captioned.end, captioned.logProb],
      [written?.text, written?.end, written?.logProb],
    );
    const sampling = { temperature: 1, topP: 0.9, seed: 5 };
    const task = { examples: [], query, question: "What is it?" };
    const [spoken] = await answer(tiny.llm, [task], { words: 5, maxTokens: 6, sampling });
    const asked = { image, question: "What is it?", maxTokens: 6, ...sampling };
    const own = await ask<AskResponse>("/ask", asked);
    assert.deepEqual([own.kind, own.text], ["written", spoken?.text]);
    const chosen = await ask<AskResponse>("/ask", { ...asked, answers: ["yes", "no"] });
    assert.ok(chosen.kind === "chosen" && ["yes", "no"].includes(chosen.text));
    assert.match(chosen.prompt.text, /Question: What is it\? Answer:$/);
  });

  test("restore streams its steps and ends with the library's result", async () => {
    const image = await pictureUrl(5);
    const [reference] = [await pictureUrl(6)];
    const asked = { image, task: "inpainting", mask: [9, 10, 11], references: [reference] };
    const response = await post(api("/restore"), asked);
    assert.equal(response.headers.get("content-type"), "application/x-ndjson");
    const lines = (await response.text()).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line) as RestoreEvent);
    const steps = events.filter((event) => event.type === "step");
    assert.deepEqual(steps.flatMap(({ cells }) => cells).sort(), [10, 11, 9].sort());
    assert.ok(steps.every(({ picture: shown }) => shown?.startsWith("data:image/png;base64,")));
    const done = events.at(-1);
    assert.ok(done?.type === "done" && steps.length === events.length - 1);
    const hidden = Uint8Array.from({ length: 64 }, (_, i) => Number([9, 10, 11].includes(i)));
    const { v2l, llm } = tiny;
    const mask = { height: 8, width: 8, hidden };
    const references = await readReferences(v2l, [picture(6)], "inpainting", { mask });
    const wanted = await restore(v2l, llm, picture(5), "inpainting", { mask, references });
    assert.deepEqual(done.tokens.localTokens.grid, [...wanted.tokens.localTokens.grid]);
    assert.deepEqual(done.cells, [9, 10, 11]);
    assert.equal(done.logProbs.filter((one) => one !== null).length, 3);
    const restored = await loadImage(Buffer.from(done.restored.split(",")[1] as string, "base64"));
    assert.deepEqual([...restored.data], [...wanted.restored.data]);
  });

  test("restore sends server-sent events to whoever asks for them, for every task", async () => {
    const image = await pictureUrl(5);
    for (const more of [
      { task: "outpainting", margins: { right: 2 } },
      { task: "shift", shift: { right: 1, down: 0 } },
      { task: "deblur", kernel: 3, damage: true },
      { task: "rotation" },
    ]) {
      const asked = { image, pictures: false, examples: 1, batchSize: 256, ...more };
      const response = await post(api("/restore"), asked, {
        headers: { accept: "text/event-stream" },
      });
      assert.equal(response.headers.get("content-type"), "text/event-stream");
      const events = (await response.text()).trim().split("\n\n");
      assert.match(events[0] as string, /^event: step\ndata: \{"type":"step",.*"picture":null\}$/);
      assert.match(events.at(-1) as string, /^event: done\ndata: \{"type":"done",/);
    }
  });

  test("a restoration that cannot begin ends with an error event", async () => {
    const asked = { image: "scene:cat", task: "inpainting", mask: [64] };
    const response = await post(api("/restore"), asked);
    const { type, error } = JSON.parse(await response.text());
    assert.deepEqual([type, error.code], ["error", "INVALID_ARGUMENT"]);
    assert.match(error.message, /from 0 to 63 for `mask\[0\]`/);
  });

  test("scenes have pictures, captions and questions", async () => {
    const { scenes } = await get<ScenesResponse>("/scenes");
    assert.ok(scenes.length >= 6);
    for (const { picture: path, caption: text, questions, label } of scenes) {
      const png = await loadImage(
        new Uint8Array(await (await fetch(tiny.url + path)).arrayBuffer()),
      );
      assert.deepEqual([png.width, png.height], [128, 128]);
      assert.ok(text !== "" && label !== "" && questions.length > 0);
    }
    await ask("/encode", { image: `scene:${scenes[0]?.name}` });
    const missing = await post(api("/encode"), { image: "scene:../scenes.json" });
    assert.deepEqual(await failure(missing), [404, "NOT_FOUND"]);
  });

  test("info tells what there is, and the bundle's files are served as they are", async () => {
    const info = await get<Info>("/info");
    assert.deepEqual(Object.keys(info).sort(), [
      "bundle",
      "limits",
      "llm",
      "tasks",
      "upstream",
      "version",
    ]);
    assert.deepEqual(info.llm, { id: "fake", contextSize: 4096, restores: true });
    assert.deepEqual(info.bundle.grid, { height: 8, width: 8 });
    for (const file of info.bundle.files) {
      const response = await fetch(api(`/bundle/${file}`));
      const bytes = Buffer.from(await response.arrayBuffer());
      assert.ok(bytes.equals(await readFile(join(tiny.v2l.path, file))), file);
      const sha256 = tiny.v2l.manifest.files[file]?.sha256;
      if (sha256 === undefined) continue;
      assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256);
      assert.equal(response.headers.get("etag"), `"${sha256}"`);
    }
  });

  test("the OpenAPI document describes every route, and its references lead somewhere", async () => {
    const document = await get<{
      openapi: string;
      paths: Record<string, object>;
      components: { schemas: Record<string, unknown> };
    }>("/openapi.json");
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(Object.keys(document.paths).sort(), [
      "/api/ask",
      "/api/bundle/{file}",
      "/api/caption",
      "/api/classify",
      "/api/decode",
      "/api/encode",
      "/api/info",
      "/api/neighbours",
      "/api/restore",
      "/api/scenes",
      "/api/scenes/{name}",
      "/api/vocabulary/{codebook}",
      "/api/words",
      "/healthz",
    ]);
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    assert.ok(references.length > 20);
    for (const [, name] of references) assert.ok(document.components.schemas[name as string], name);
  });

  test("what is wrong with a request is said by its name", async () => {
    const asked = { image: await pictureUrl(1), examples: [{ image: "x" }] };
    const response = await post(api("/classify"), asked);
    assert.equal(response.status, 400);
    const { error } = (await response.json()) as { error: Record<string, string> };
    assert.equal(error.param, "examples[0].label");
    assert.equal(error.type, "invalid_request_error");
    assert.deepEqual(await failure(await fetch(api("/nothing"))), [404, "NOT_FOUND"]);
  });
});

async function wordsOf({ v2l }: Tiny, seed: number): Promise<string[]> {
  return (await v2l.describe(picture(seed))).map(({ word }) => word);
}
