import { copyFile, cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";

const HERE = new URL("../../../test/browser/", import.meta.url);
const RUNTIME = new URL(".", import.meta.resolve("onnxruntime-web/wasm"));

const ROOT = new URL("../../../../../", import.meta.url);

/** The demo bundle and scenes that it has not seen. */
export const DEMO = fileURLToPath(new URL("models/demo/", ROOT));
export const SCENES = fileURLToPath(new URL("fixtures/scenes/", ROOT));

/**
 * Builds the page of the tests into a folder, as a bundler for browsers does. What cannot be resolved
 * there, anything of Node for one, is an error.
 */
export async function bundlePage(folder: string): Promise<Metafile> {
  const page = fileURLToPath(new URL("page/", HERE));
  const { metafile } = await build({
    entryPoints: {
      page: join(page, "page.ts"),
      worker: fileURLToPath(import.meta.resolve("v2l/browser/worker")),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    logLevel: "silent",
  });
  await cp(join(page, "index.html"), join(folder, "index.html"));
  // esbuild leaves the address of the .wasm file as it is: beside the script.
  const wasm = "ort-wasm-simd-threaded.wasm";
  await copyFile(fileURLToPath(new URL(wasm, RUNTIME)), join(folder, wasm));
  return metafile;
}
