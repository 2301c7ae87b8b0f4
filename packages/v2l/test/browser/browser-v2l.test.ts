import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  ISOLATION,
  maxAbsDifference,
  OWN_SERVER_ONLY,
  openChromium,
  type StaticServer,
  serveFolders,
  skipWithoutChromium,
  WatchedPages,
} from "@v2l/testing";
import sharp from "sharp";
import {
  type GlobalToken,
  type Image,
  type ImageTokens,
  loadImage,
  tokenizerSquare,
  V2L,
} from "v2l";
import { bundlePage, DEMO, SCENES } from "./bundle-page.js";

/**
 * Largest difference of a byte of a decoded picture to Node's: both runtimes sum floats in orders of
 * their own (differences of about 1e-5 in [-1,1]), so that a value near a half may round the other way.
 */
const PICTURE_TOLERANCE = 1;

/** Largest difference of a similarity: float32, sums in another order. */
const SIMILARITY_TOLERANCE = 1e-4;

const NAMES = ["0.png", "1.png", "2.png"];

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof openChromium>>["newPage"]>>;
type Failure = { readonly code: string; readonly message: string } | null;

describe("v2l/browser", { skip: skipWithoutChromium() }, () => {
  let folder = "";
  let browser: Awaited<ReturnType<typeof openChromium>>;
  let server: StaticServer;
  let page: Page;
  let node: V2L;
  let expected: ImageTokens[];
  let pages: WatchedPages;

  /** Calls the page's harness. */
  function call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return page.evaluate(`harness.${method}(...${JSON.stringify(args)})`) as Promise<T>;
  }

  function serve(headers: Readonly<Record<string, string>>): Promise<StaticServer> {
    const pictures = join(folder, "pictures");
    const folders = { "/": join(folder, "page"), "/demo/": DEMO, "/pictures/": pictures };
    return serveFolders({ ...folders, "/bad/": join(folder, "bad") }, headers);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "v2l-browser-"));
    await bundlePage(join(folder, "page"));
    await cp(SCENES, join(folder, "pictures"), { recursive: true });
    await makePictures(join(folder, "pictures"));
    await makeBadBundle(join(folder, "bad"));
    browser = await openChromium();
    server = await serve({ ...ISOLATION, ...OWN_SERVER_ONLY });
    pages = new WatchedPages(browser);
    page = await pages.open(server.url);
    node = await V2L.load(DEMO, { threads: 1 });
    expected = await node.encode(NAMES.map((name) => join(SCENES, name)));
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    await node?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  test("it loads with threads on an isolated page, under a strict policy, and tells how far it is", async () => {
    const loaded = await call<{
      device: string;
      threads: number;
      name: string;
      progress: { phase: string; loaded: number; total: number }[];
    }>("load", { bundle: "demo", device: "wasm", threads: 2 });
    assert.deepEqual([loaded.device, loaded.threads], ["wasm", 2]);
    assert.equal(loaded.name, node.manifest.name);
    const phases = loaded.progress.map(({ phase }) => phase);
    assert.deepEqual([...new Set(phases)], ["download", "prepare"]);
    const downloads = loaded.progress.filter(({ phase }) => phase === "download");
    const { tokenizer, codebooks, clip, files } = node.manifest;
    const needed = [
      tokenizer.file,
      clip.file,
      ...[codebooks.local, codebooks.global].flatMap((one) => [one.embedding, one.vocabulary]),
    ];
    const total = needed.reduce((sum, name) => sum + (files[name]?.bytes ?? Number.NaN), 0);
    assert.deepEqual([downloads.at(-1)?.loaded, downloads.at(-1)?.total], [total, total]);
    assert.deepEqual(await call("vocabularySizes"), [codebooks.local.size, codebooks.global.size]);
  });

  test("scenes become the ids that they become in Node", async () => {
    for (const [n, name] of NAMES.entries()) {
      const tokens = await call<ImageTokens>("encode", `pictures/${name}`);
      const { localTokens, globalTokens } = expected[n] as ImageTokens;
      assert.deepEqual(tokens.localTokens, { ...localTokens, grid: [...localTokens.grid] });
      assertSameWords(tokens.globalTokens, globalTokens);
      assertSameWords(await call("describe", `pictures/${name}`), globalTokens);
    }
  });

  test("tokens become the pictures that they become in Node", async () => {
    for (const tokens of expected) {
      const image = await call<Image>("decode", ids(tokens));
      const { width, height, data } = await node.decode(tokens);
      assert.deepEqual([image.width, image.height], [width, height]);
      assert.ok(maxAbsDifference(image.data, data) <= PICTURE_TOLERANCE);
    }
    const edited = ids(expected[0] as ImageTokens);
    edited.localTokens.grid.fill(7, 100, 140);
    const picture = await node.decode(edited);
    const image = await call<Image>("decode", edited);
    assert.ok(maxAbsDifference(image.data, picture.data) <= PICTURE_TOLERANCE);
    const { localTokens } = await call<ImageTokens>("localTokens", edited.localTokens.grid);
    assert.deepEqual(localTokens.pieces, node.localTokens(edited.localTokens.grid).pieces);
  });

  test("a picture may be a file, its bytes, pixels, a bitmap, an element or a canvas", async () => {
    const grids = await call<string[]>("encodeEveryWay", "pictures/1.png");
    assert.equal(grids.length, 6);
    assert.deepEqual([...new Set(grids)], [expected[1]?.localTokens.grid.join()]);
  });

  test("resizing and turning are Node's; JPEG and transparency differ by what decoders round", async () => {
    const square = async (name: string, most: number, options = {}) => {
      const loaded = await loadImage(join(folder, "pictures", name), options);
      const { image, clip } = node.manifest;
      const { data } = tokenizerSquare(loaded, image.size, clip.preprocess);
      const seen = await call<number[]>("square", `pictures/${name}`, options);
      const difference = maxAbsDifference(seen, data);
      assert.ok(difference <= most, `${name}: ${difference}`);
    };
    await square("large.png", 0);
    await square("profile.png", 0);
    await square("turned.jpg", 1);
    await square("transparent.png", 1, { background: [0, 128, 255] });
  });

  test("SVG is rendered by the page", async () => {
    const tokens = await call<ImageTokens>("encode", "pictures/plain.svg", {
      type: "image/svg+xml",
    });
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => [0, 80, 160][i % 3] as number);
    const { localTokens } = await node.encode({ width: 64, height: 64, data });
    assert.deepEqual(tokens.localTokens.grid, [...localTokens.grid]);
  });

  test("errors keep their codes on the way out of the worker", async () => {
    const fails = async (code: string, message: RegExp, ...args: readonly unknown[]) => {
      const failure = await call<Failure>("failure", ...args);
      assert.equal(failure?.code, code, JSON.stringify(failure));
      assert.match(failure?.message ?? "", message);
    };
    await fails("IMAGE_UNREADABLE", /a readable picture/, "encode", "demo/v2l.json");
    await fails("IMAGE_UNREADABLE", /0 bytes/, "encode", "pictures/empty.png");
    await fails("IMAGE_TOO_SMALL", /1x1/, "encode", "pictures/dot.png");
    const options = { maxPixels: 1000 };
    await fails("IMAGE_TOO_LARGE", /16384 pixels/, "encode", "pictures/0.png", options);
    const wrong = ids(expected[0] as ImageTokens);
    wrong.localTokens.grid[3] = 4096;
    await fails("INVALID_ARGUMENT", /grid\[3\]/, "decode", wrong);
    await fails("FILE_NOT_FOUND", /v2l\.json.*404/, "load", { bundle: "nothing/" });
    await fails("BUNDLE_CORRUPT", /local-vocabulary\.json/, "load", { bundle: "bad" });
    await fails("INVALID_ARGUMENT", /threads/, "load", { bundle: "demo", threads: 0 });
    await fails("UNSUPPORTED", /webgpu/, "load", { bundle: "demo", device: "webgpu" });
    await fails("FILE_NOT_FOUND", /v2l\.json.*chosen/, "loadFiles", "demo/", ["clip.safetensors"]);
  });

  test("calls can be taken back, loading too", async () => {
    const tokens = ids(expected[0] as ImageTokens);
    const settled = await call("cancelled", tokens);
    assert.deepEqual(settled, ["done", "AbortError", "AbortError", "done"]);
    assert.equal(await call("abortLoad", "demo"), "AbortError");
  });

  test("disposing waits for what runs; afterwards everything is refused", async () => {
    await call("dispose");
    const failure = await call<Failure>("failure", "encode", "pictures/0.png");
    assert.equal(failure?.code, "DISPOSED");
  });

  test("a page that is not isolated computes with one thread, from chosen files too", async () => {
    const plain = await serve({});
    page = await pages.open(plain.url);
    const names = ["v2l.json", ...Object.keys(node.manifest.files)];
    const loaded = await call<{ threads: number; device: string }>("loadFiles", "demo/", names);
    assert.deepEqual([loaded.device, loaded.threads], ["wasm", 1]);
    const tokens = await call<ImageTokens>("encode", "pictures/2.png");
    assert.deepEqual(tokens.localTokens.grid, [...(expected[2] as ImageTokens).localTokens.grid]);
    const failure = await call<Failure>("failure", "load", { bundle: "demo", threads: 2 });
    assert.equal(failure?.code, "UNSUPPORTED");
    assert.match(failure?.message ?? "", /Cross-Origin-Opener-Policy/);
    await plain.close();
  });

  test("nothing was fetched from elsewhere, and nothing written on the console", () => {
    assert.ok(pages.addresses.length > 10);
    assert.deepEqual(pages.foreign, []);
    assert.deepEqual(
      pages.complaints.filter((text) => !text.includes("404")),
      [],
    );
  });
});

function assertSameWords(seen: readonly GlobalToken[], wanted: readonly GlobalToken[]): void {
  const named = ({ id, word }: GlobalToken) => `${id} ${word}`;
  assert.deepEqual(seen.map(named), wanted.map(named));
  for (const key of ["similarity", "distance"] as const) {
    const numbers = (tokens: readonly GlobalToken[]) => tokens.map((token) => token[key]);
    assert.ok(maxAbsDifference(numbers(seen), numbers(wanted)) < SIMILARITY_TOLERANCE);
  }
}

/** Only the ids, as plain data that may be changed. */
function ids({ localTokens, globalTokens }: ImageTokens) {
  return {
    localTokens: { grid: [...localTokens.grid] },
    globalTokens: globalTokens.map(({ id }) => ({ id })),
  };
}

async function makePictures(folder: string): Promise<void> {
  const file = (name: string) => join(folder, name);
  const large = sharp(file("0.png")).resize(300, 200, { fit: "fill" });
  await large.clone().png().toFile(file("large.png"));
  await large.clone().png().withIccProfile("p3").toFile(file("profile.png"));
  const jpeg = large.clone().jpeg({ quality: 90 });
  await jpeg.withMetadata({ orientation: 6 }).toFile(file("turned.jpg"));
  // As large as the square, so that nothing is resized and the difference is the decoder's own.
  const ramp = Uint8Array.from({ length: 128 * 128 * 4 }, (_, i) => (i * 7 + (i >> 9)) & 255);
  const raw = { width: 128, height: 128, channels: 4 as const };
  await sharp(ramp, { raw }).png().toFile(file("transparent.png"));
  await sharp(ramp.subarray(0, 4), { raw: { ...raw, width: 1, height: 1 } })
    .png()
    .toFile(file("dot.png"));
  writeFileSync(file("empty.png"), "");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="rgb(0,80,160)"/></svg>`;
  writeFileSync(file("plain.svg"), svg);
}

/** The demo bundle with one word changed. */
async function makeBadBundle(folder: string): Promise<void> {
  await cp(DEMO, folder, { recursive: true });
  const path = join(folder, "local-vocabulary.json");
  writeFileSync(path, readFileSync(path, "utf8").replace("a", "b"));
}
