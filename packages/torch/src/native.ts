import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { DType } from "@v2l/nn";
import { TorchError } from "./error.js";
import { Tensor } from "./tensor.js";

/** What the addon (native/) exports. */
export interface Native {
  readonly version: string;
  initialise(tensorClass: typeof Tensor, errorClass: typeof TorchError): void;
  operator(name: string, overload: string): (...args: unknown[]) => unknown;
  schema(name: string, overload: string): string;

  tensorFromBytes(
    bytes: Uint8Array,
    shape: readonly number[],
    dtype: DType,
    device: string,
  ): Tensor;
  tensorToBuffer(tensor: Tensor, dtype: DType): ArrayBuffer;
  shape(tensor: Tensor): number[];
  dtype(tensor: Tensor): DType;
  device(tensor: Tensor): string;
  isContiguous(tensor: Tensor, channelsLast: boolean): boolean;
  item(tensor: Tensor): number | boolean;
  dispose(tensor: Tensor): void;
  isDisposed(tensor: Tensor): boolean;
  liveTensors(): number;
  externalMemory(): number;

  backward(loss: Tensor, gradient: Tensor | null, retainGraph: boolean): void;
  grad(
    outputs: readonly Tensor[],
    inputs: readonly Tensor[],
    gradOutputs: readonly (Tensor | null)[] | null,
    retainGraph: boolean,
    createGraph: boolean,
    allowUnused: boolean,
  ): (Tensor | null)[];
  setGradMode(enabled: boolean): boolean;
  requiresGrad(tensor: Tensor): boolean;
  setRequiresGrad(tensor: Tensor, value: boolean): void;
  gradOf(tensor: Tensor): Tensor | null;
  setGrad(tensor: Tensor, grad: Tensor | null): void;

  manualSeed(seed: number): void;
  randomState(device: string): Tensor;
  setRandomState(device: string, state: Tensor): void;
  setThreads(count: number): void;
  threads(): number;
  cudaDevices(): number;
  cudaSynchronize(): void;
}

const ADDON = fileURLToPath(new URL("../../build/Release/v2l_torch.node", import.meta.url));
const REMEDY =
  "apt-get install libtorch-dev libopenblas0-pthread (or set LIBTORCH), then npm run build:native";

let loaded: Native | undefined;

/**
 * The addon, loaded at its first use.
 * @throws TorchError `TORCH_UNAVAILABLE` with the remedy.
 */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

/** Whether tensors can be used here, with libtorch's version or the reason and the remedy. */
export function torchAvailable():
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string } {
  try {
    return { available: true, version: native().version };
  } catch (error) {
    return { available: false, reason: (error as Error).message, remedy: REMEDY };
  }
}

function load(): Native {
  if (!existsSync(ADDON)) {
    throw new TorchError("TORCH_UNAVAILABLE", `The libtorch addon is not built. ${REMEDY}`);
  }
  // Two thread pools (OpenMP's and OpenBLAS's) would otherwise fight over the cores. libgomp reads
  // these when it is loaded.
  process.env.OMP_WAIT_POLICY ??= "passive";
  process.env.GOMP_SPINCOUNT ??= "0";
  try {
    const addon = createRequire(import.meta.url)(ADDON) as Native;
    addon.initialise(Tensor, TorchError);
    return addon;
  } catch (cause) {
    const reason = `The libtorch addon does not load: ${(cause as Error).message}. ${REMEDY}`;
    throw new TorchError("TORCH_UNAVAILABLE", reason, { cause });
  }
}
