import { elements, expected, V2LError } from "@v2l/nn";
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { loadRuntime } from "#runtime";
import type { Value } from "./builder.js";
import { buildGraph } from "./graph.js";
import type { OnnxModel } from "./proto.js";
import type { Device, Runtime, RuntimeOptions } from "./runtime.js";

/** Where to compute and with how many threads. */
export type SessionOptions = RuntimeOptions;

/** A tensor that goes into or comes out of a session: C order. */
export interface OnnxTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** An ONNX model, loaded and ready to run. Free it with {@link dispose}. */
export class OnnxSession {
  private readonly running = new Set<Promise<unknown>>();
  private seconds = 0;

  private constructor(
    private readonly runtime: Runtime,
    private session: InferenceSession | null,
  ) {}

  /**
   * Loads a model; its tensors are not needed afterwards.
   * @throws V2LError UNSUPPORTED where the device cannot be used, RUNTIME where loading fails
   */
  static async create(model: OnnxModel, options: SessionOptions = {}): Promise<OnnxSession> {
    const { device = "cpu", threads } = options;
    try {
      const runtime = await loadRuntime(options);
      const session = await runtime.InferenceSession.create(model.graph, {
        externalData: model.tensors,
        executionProviders: [device],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      });
      return new OnnxSession(runtime, session);
    } catch (cause) {
      throw loadError(device, cause);
    }
  }

  get inputNames(): readonly string[] {
    return this.live().inputNames;
  }

  /** Seconds spent inside ONNX Runtime by all runs so far. */
  get runtimeSeconds(): number {
    return this.seconds;
  }

  get outputNames(): readonly string[] {
    return this.live().outputNames;
  }

  /**
   * Runs the model on the tensors of its inputs.
   * @throws V2LError INVALID_ARGUMENT where an input is missing, RUNTIME where computing fails
   */
  async run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Record<string, OnnxTensor>> {
    const session = this.live();
    const feeds: Record<string, Tensor> = {};
    session.inputNames.forEach((name, i) => {
      const metadata = session.inputMetadata[i];
      const shape = metadata?.isTensor ? metadata.shape : [];
      feeds[name] = this.feed(name, shape, inputs[name]);
    });
    const begun = performance.now();
    const running = session.run(feeds);
    this.running.add(running);
    try {
      const results = await running;
      this.seconds += (performance.now() - begun) / 1000;
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [
          name,
          { data: tensor.data as Float32Array | BigInt64Array, shape: tensor.dims },
        ]),
      );
    } catch (cause) {
      throw new V2LError("RUNTIME", `ONNX Runtime failed: ${cause}`, { cause });
    } finally {
      this.running.delete(running);
    }
  }

  /**
   * Frees the model, as soon as what is running has ended. Using the session afterwards throws
   * DISPOSED; disposing twice does nothing.
   */
  dispose(): void {
    const session = this.session;
    this.session = null;
    void Promise.allSettled(this.running).then(() => session?.release());
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private live(): InferenceSession {
    if (this.session) return this.session;
    throw new V2LError("DISPOSED", expected("a live session", "session", "a disposed one"));
  }

  /** @param declared the input's sizes in the model; a name stands for a size chosen at every run */
  private feed(
    name: string,
    declared: readonly (number | string)[],
    tensor: OnnxTensor | undefined,
  ): Tensor {
    if (!tensor) throw new V2LError("INVALID_ARGUMENT", expected("a tensor", name, "nothing"));
    const { data, shape } = tensor;
    const fits =
      declared.length === shape.length &&
      declared.every((size, i) => typeof size === "string" || size === shape[i]);
    if (!fits) {
      const what = `a tensor of shape [${declared}]`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, name, `[${shape}]`));
    }
    if (data.length !== elements(shape)) {
      const what = `${elements(shape)} values of [${shape}]`;
      throw new V2LError("INVALID_ARGUMENT", expected(what, name, `${data.length}`));
    }
    const { Tensor } = this.runtime;
    return data instanceof Float32Array
      ? new Tensor("float32", data, shape)
      : new Tensor("int64", data, shape);
  }
}

/** The version of ONNX Runtime. */
export async function runtimeVersion(): Promise<string> {
  const { node, web, common } = (await loadRuntime({})).env.versions;
  return node ?? web ?? common;
}

/** Whether sessions can run on a device here, found out by loading a tiny model on it. */
export async function isUsable(device: Device): Promise<boolean> {
  const model = buildGraph(
    {
      name: "probe",
      inputs: [{ name: "x", dtype: "float32", shape: [1] }],
      build: ({ ops }, { x }) => ({ y: ops.affine(x as Value, 2) }),
    },
    new Map(),
  );
  try {
    using session = await OnnxSession.create(model, { device });
    return session.outputNames.length === 1;
  } catch (error) {
    if (error instanceof V2LError && error.code === "UNSUPPORTED") return false;
    throw error;
  }
}

const REMEDIES: Readonly<Record<Exclude<Device, "cpu">, string>> = {
  webgpu:
    "It needs a graphics driver with Vulkan, Direct3D 12 or Metal; use the device cpu without",
  cuda: "It needs CUDA 12, cuDNN 9 and ONNX Runtime's CUDA files (ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node); use the device cpu without",
};

function loadError(device: Device, cause: unknown): V2LError {
  if (device === "cpu") {
    return new V2LError("RUNTIME", `ONNX Runtime cannot load the model: ${cause}`, { cause });
  }
  const message = `${expected("a usable device", "device", device, REMEDIES[device])}. ${cause}`;
  return new V2LError("UNSUPPORTED", message, { cause });
}
