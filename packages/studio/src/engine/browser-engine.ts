import type { Tokens } from "@v2l/server";
import { BrowserV2L, type Image, type LoadProgress, toImageData } from "v2l/browser";
import { API, type ApiClient } from "../api/client.js";
import type { Engine } from "./engine.js";

export interface BrowserEngine extends Engine {
  /** Where it computes, for a person. */
  readonly place: string;
  dispose(): Promise<void>;
}

/** The bundle's networks in a worker of this browser; the files come from the server. */
export async function openBrowserEngine(
  api: ApiClient,
  options: { readonly signal: AbortSignal; readonly onProgress: (event: LoadProgress) => void },
): Promise<BrowserEngine> {
  const bundle = new URL(`${API}bundle/`, location.href);
  const v2l = await BrowserV2L.load({ bundle, headers: api.headers, ...options });
  const count = v2l.manifest.codebooks.global.words;
  return {
    place: placeOf(v2l),
    async encode({ blob }, signal) {
      const { original, tokens } = await v2l.reconstruct(blob, { signal });
      // The library's type is the same, but readonly.
      return { tokens: v2l.tokensToJson(tokens) as Tokens, square: await toPng(original) };
    },
    async decode({ localTokens, globalTokens }, signal) {
      const words = Array.from({ length: count }, (_, i) => {
        return globalTokens[i % globalTokens.length] as { id: number };
      });
      const { grid } = localTokens;
      return toPng(await v2l.decode({ localTokens: { grid }, globalTokens: words }, { signal }));
    },
    dispose: () => v2l.dispose(),
  };
}

function placeOf({ device, threads }: BrowserV2L): string {
  if (device === "webgpu") return "WebGPU";
  return threads === 1 ? "WebAssembly, one thread" : `WebAssembly, ${threads} threads`;
}

async function toPng(image: Image): Promise<Blob> {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d")?.putImageData(toImageData(image), 0, 0);
  return canvas.convertToBlob({ type: "image/png" });
}
