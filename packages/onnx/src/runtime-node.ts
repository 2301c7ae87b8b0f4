import * as runtime from "onnxruntime-node";
import type { LoadRuntime } from "./runtime.js";

/** `onnxruntime-node`, whose one library serves every device. */
export const loadRuntime: LoadRuntime = async () => runtime;
