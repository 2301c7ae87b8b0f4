import { elements, expected, V2LError } from "@v2l/nn";
import { InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";

export type Device = "cpu" | "webgpu" | "cuda";

export interface SessionOptions {
  /** Where to compute; "cpu" by default. */
  readonly device?: Device;
  /** CPU threads of one operator; all physical cores by default. */
  readonly threads?: number;
}

/** A tensor that goes into or comes out of a session: C order. */
export interface OnnxTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** An ONNX model, loaded and ready to run. Free it with {@link dispose}. */
export class OnnxSession {
  private constructor(private session: InferenceSession | null) {}

  /**
   * Loads a model.
   * @throws V2LError UNSUPPORTED where the device is not present, RUNTIME where loading fails
   */
  static async create(model: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
    const { device = "cpu", threads } = options;
    requireDevice(device);
    try {
      const session = await InferenceSession.create(model, {
        executionProviders: [device],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      });
      return new OnnxSession(session);
    } catch (cause) {
      throw new V2LError("RUNTIME", `ONNX Runtime cannot load the model on ${device}: ${cause}`, {
        cause,
      });
    }
  }

  get inputNames(): readonly string[] {
    return this.live().inputNames;
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
      feeds[name] = feed(name, shape, inputs[name]);
    });
    try {
      const results = await session.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [
          name,
          { data: tensor.data as Float32Array | BigInt64Array, shape: tensor.dims },
        ]),
      );
    } catch (cause) {
      throw new V2LError("RUNTIME", `ONNX Runtime failed: ${cause}`, { cause });
    }
  }

  /** Frees the model. Using the session afterwards throws DISPOSED; disposing twice does nothing. */
  dispose(): void {
    const session = this.session;
    this.session = null;
    void session?.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private live(): InferenceSession {
    if (this.session) return this.session;
    throw new V2LError("DISPOSED", expected("a live session", "session", "a disposed one"));
  }
}

/** The devices that sessions can run on here. */
export function availableDevices(): Device[] {
  const names = listSupportedBackends().map((backend) => backend.name);
  return (["cpu", "webgpu", "cuda"] as const).filter((device) => names.includes(device));
}

function requireDevice(device: Device): void {
  const available = availableDevices();
  if (available.includes(device)) return;
  const remedy =
    device === "cuda"
      ? "Reinstall onnxruntime-node with its CUDA files (ONNXRUNTIME_NODE_INSTALL_CUDA=v12)"
      : "Use the device cpu";
  const what = `one of ${available.join(", ")}`;
  throw new V2LError("UNSUPPORTED", expected(what, "device", device, remedy));
}

/** @param declared the input's sizes in the model; a name stands for a size chosen at every run */
function feed(
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
  return data instanceof Float32Array
    ? new Tensor("float32", data, shape)
    : new Tensor("int64", data, shape);
}
