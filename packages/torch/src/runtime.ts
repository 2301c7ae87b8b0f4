import { native } from "./native.js";
import type { Tensor } from "./tensor.js";

/** Seeds the random generators of all devices. */
export function manualSeed(seed: number): void {
  native().manualSeed(seed);
}

/** The state of a device's random generator, to resume a run exactly. */
export function randomState(device = "cpu"): Tensor {
  return native().randomState(device);
}

/** Puts a state of {@link randomState} back. */
export function setRandomState(state: Tensor, device = "cpu"): void {
  native().setRandomState(device, state);
}

/** Threads that one operator may use. */
export function setThreads(count: number): void {
  native().setThreads(count);
}

export function threads(): number {
  return native().threads();
}

/** Number of CUDA devices that this libtorch can use; 0 for a CPU build. */
export function cudaDevices(): number {
  return native().cudaDevices();
}

/** Waits until the current CUDA device has finished all work, for timing. */
export function cudaSynchronize(): void {
  native().cudaSynchronize();
}
