import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Makes the page cross-origin isolated, so that WebAssembly may have threads. */
const headers = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  // Relative addresses: the built page works in any folder of a server.
  base: "./",
  // The demo bundle is served, and copied by the build, as demo/.
  publicDir: fileURLToPath(new URL("../../models", import.meta.url)),
  build: { outDir: "build", chunkSizeWarningLimit: 1000 },
  // The worker loads ONNX Runtime when it knows which build it needs.
  worker: { format: "es" },
  // Its script finds its .wasm file beside itself.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  server: { headers },
  preview: { headers },
});
