import type { LoadRuntime } from "./runtime.js";

/** `onnxruntime-web`: the small build for the processor, the large one only for WebGPU. */
export const loadRuntime: LoadRuntime = async ({ device, threads }) => {
  const runtime =
    device === "webgpu"
      ? await import("onnxruntime-web/webgpu")
      : await import("onnxruntime-web/wasm");
  if (threads !== undefined) runtime.env.wasm.numThreads = threads;
  return runtime;
};
