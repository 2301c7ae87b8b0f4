import { expected, V2LError } from "@v2l/nn";
import type { Bundle } from "../bundle/bundle.js";
import { Codec } from "../v2l/codec.js";
import { loadBundle } from "./load-bundle.js";
import type { BrowserDevice, LoadParams, LoadProgress } from "./messages.js";

export interface LoadedCodec {
  readonly codec: Codec;
  readonly device: BrowserDevice;
  readonly threads: number;
}

/** Loads a bundle onto the wanted device, or onto the best that works here. */
export async function load(
  { bundle: location, device, threads: wanted }: LoadParams,
  onProgress: (event: LoadProgress) => void,
): Promise<LoadedCodec> {
  const threads = chooseThreads(wanted);
  const devices: readonly BrowserDevice[] = device === null ? ["webgpu", "wasm"] : [device];
  const { bundle, release } = await loadBundle(location, onProgress);
  for (const [i, candidate] of devices.entries()) {
    try {
      const codec = await prepare(bundle, candidate, threads, onProgress);
      release();
      return { codec, device: candidate, threads };
    } catch (error) {
      if (i === devices.length - 1 || !isOfDevice(error)) throw error;
    }
  }
  throw new Error("unreachable");
}

async function prepare(
  bundle: Bundle,
  device: BrowserDevice,
  threads: number,
  onProgress: (event: LoadProgress) => void,
): Promise<Codec> {
  if (device === "webgpu" && !(await hasWebGpu())) throw noWebGpu();
  onProgress({ phase: "prepare", device });
  const options = { device: device === "wasm" ? ("cpu" as const) : device, threads };
  const codec = await Codec.open(bundle, options);
  try {
    await codec.prepare();
    return codec;
  } catch (error) {
    await codec.dispose();
    throw error;
  }
}

/** Whether another device may do better: the bundle itself is in order. */
function isOfDevice(error: unknown): boolean {
  return error instanceof V2LError && (error.code === "UNSUPPORTED" || error.code === "RUNTIME");
}

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter !== null && adapter !== undefined;
}

function noWebGpu(): V2LError {
  const remedy =
    "It needs a browser and a graphics driver with WebGPU; use the device wasm without";
  const message = expected("a usable device", "device", "webgpu", remedy);
  return new V2LError("UNSUPPORTED", message);
}

/** Threads need shared memory, which browsers give to cross-origin isolated pages only. */
function chooseThreads(wanted: number | null): number {
  const isolated = globalThis.crossOriginIsolated === true;
  if (wanted === null) {
    return isolated ? Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2)) : 1;
  }
  if (!Number.isInteger(wanted) || wanted < 1) {
    const message = expected("a whole number of at least 1", "threads", wanted);
    throw new V2LError("INVALID_ARGUMENT", message);
  }
  if (wanted === 1 || isolated) return wanted;
  const remedy =
    "Serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  const message = expected("1 on a page that is not cross-origin isolated", "threads", wanted);
  throw new V2LError("UNSUPPORTED", `${message}. ${remedy}`);
}
