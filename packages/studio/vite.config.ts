import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { compressed } from "./scripts/compressed.ts";

/** A running `v2l serve`, for `npm run dev`. */
const server = process.env.V2L_STUDIO_SERVER ?? "http://127.0.0.1:8000";

export default defineConfig({
  build: {
    // Where the server looks for its page.
    outDir: fileURLToPath(new URL("../server/public", import.meta.url)),
    emptyOutDir: true,
    // Data URLs of scripts and styles would be against the server's policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  plugins: [compressed()],
  // The worker loads ONNX Runtime when it knows which build it needs.
  worker: { format: "es", rolldownOptions: { checks: { pluginTimings: false } } },
  // Its script finds its .wasm file beside itself.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  server: {
    proxy: { "/api": server },
    // Makes the page cross-origin isolated, so that WebAssembly may have threads.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
