export type Device = "cpu" | "webgpu" | "cuda";

/** Where to compute and with how many threads. */
export interface RuntimeOptions {
  /** Where to compute; "cpu" by default. In a browser that is WebAssembly. */
  readonly device?: Device;
  /**
   * CPU threads of one operator; all physical cores by default. In a browser half of the logical ones,
   * at most 4, and as many in all sessions as in the first.
   */
  readonly threads?: number;
}

/**
 * What sessions need of ONNX Runtime. `#runtime` (package.json) loads it: `runtime-node.ts`, or
 * `runtime-web.ts` where a bundler builds for browsers.
 */
export type Runtime = Pick<
  typeof import("onnxruntime-node"),
  "InferenceSession" | "Tensor" | "env"
>;

export type LoadRuntime = (options: RuntimeOptions) => Promise<Runtime>;
