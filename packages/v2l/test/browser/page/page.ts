// What the tests call inside the browser. Everything returned is plain data.
import {
  BrowserV2L,
  type BrowserV2LOptions,
  type EncodeImageOptions,
  type LoadProgress,
  type TokenIds,
  toImageData,
  V2LError,
} from "v2l/browser";

const worker = () => new Worker("worker.js", { type: "module", name: "v2l" });

let v2l: BrowserV2L | null = null;

async function fetched(url: string, type?: string): Promise<Blob> {
  const blob = await (await fetch(url)).blob();
  return type === undefined ? blob : new Blob([blob], { type });
}

const harness = {
  /** Loads, and returns what is known then. */
  async load(options: Omit<BrowserV2LOptions, "worker">) {
    const progress: LoadProgress[] = [];
    v2l = await BrowserV2L.load({
      worker,
      onProgress: (event) => progress.push(event),
      ...options,
    });
    const { device, threads, manifest } = v2l;
    return { device, threads, name: manifest.name, progress };
  },
  /** Loads from the files that a server has, as if a person had chosen them. */
  async loadFiles(base: string, names: readonly string[]) {
    const files = await Promise.all(
      names.map(async (name) => new File([await fetched(base + name)], name)),
    );
    return harness.load({ bundle: files, device: "wasm" });
  },
  /** Loads and gives up at once. */
  async abortLoad(bundle: string) {
    const controller = new AbortController();
    const loading = BrowserV2L.load({ bundle, worker, signal: controller.signal });
    controller.abort();
    return loading.then(
      () => "loaded",
      (error: DOMException) => error.name,
    );
  },
  async encode(url: string, options: EncodeImageOptions & { type?: string } = {}) {
    const { type, ...rest } = options;
    return plain(await live().encode(await fetched(url, type), rest));
  },
  async describe(url: string) {
    return live().describe(await fetched(url));
  },
  /** The square that the networks see. */
  async square(url: string, options: EncodeImageOptions = {}) {
    return Array.from((await live().reconstruct(await fetched(url), options)).original.data);
  },
  /** The same picture as a file, its bytes, pixels, a bitmap and an element: the grids. */
  async encodeEveryWay(url: string) {
    const blob = await fetched(url);
    const element = new Image();
    element.src = url;
    await element.decode();
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const sources = [blob, await blob.arrayBuffer(), pixels, bitmap, element, canvas];
    const grids: string[] = [];
    for (const source of sources) {
      grids.push((await live().encode(source)).localTokens.grid.join());
    }
    return grids;
  },
  async decode(tokens: TokenIds) {
    const image = await live().decode(tokens);
    const { width, height } = toImageData(image);
    return { width, height, data: Array.from(image.data) };
  },
  localTokens: (grid: readonly number[]) => plain({ localTokens: live().localTokens(grid) }),
  vocabularySizes: () => [live().vocabulary("local").length, live().vocabulary("global").length],
  /** Many calls at once, all but the first and the last taken back. */
  async cancelled(tokens: TokenIds) {
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      live().decode(tokens),
      live().decode(tokens, { signal }),
      live().decode(tokens, { signal }),
      live().decode(tokens),
    ];
    controller.abort();
    const settled = await Promise.allSettled(calls);
    return settled.map((one) => (one.status === "fulfilled" ? "done" : one.reason.name));
  },
  async dispose() {
    await live().dispose();
  },
  /** What a call throws. */
  async failure(
    method: string,
    ...args: readonly unknown[]
  ): Promise<{ code: string; message: string } | null> {
    try {
      await (harness as unknown as Methods)[method]?.(...args);
      return null;
    } catch (error) {
      if (!(error instanceof V2LError)) return { code: "none", message: String(error) };
      return { code: error.code, message: error.message };
    }
  },
};

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

function live(): BrowserV2L {
  if (v2l === null) throw new Error("nothing loaded");
  return v2l;
}

/** Typed arrays as lists. */
function plain<T extends { localTokens: { grid: Int32Array } }>(tokens: T) {
  const { localTokens } = tokens;
  return { ...tokens, localTokens: { ...localTokens, grid: Array.from(localTokens.grid) } };
}

Object.assign(globalThis, { harness });
