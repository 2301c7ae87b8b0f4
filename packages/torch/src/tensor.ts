import type { DType, TensorData } from "@v2l/nn";
import { track } from "./memory.js";
import { native } from "./native.js";
import { contiguous, detach, to } from "./operators.js";

/** How a 4-D tensor lies in memory. `channels_last` is NHWC storage under NCHW sizes. */
export type MemoryFormat = "contiguous" | "channels_last" | "preserve";

export interface TensorOptions {
  /** "cpu" (default), "cuda", "cuda:1", ... */
  readonly device?: string;
  /** Whether autograd records what happens to it; false by default. */
  readonly requiresGrad?: boolean;
}

/**
 * A libtorch tensor. It owns memory outside the JavaScript heap: free it with `dispose()` (or
 * `using`), or work inside a `scope`. The garbage collector frees forgotten ones, late.
 * Every use after `dispose()` is a TorchError `DISPOSED`.
 */
export class Tensor {
  /** Tensors come from {@link tensor}, {@link fromData} and operators; the addon fills them. */
  private constructor() {
    track(this);
  }

  get shape(): readonly number[] {
    return native().shape(this);
  }

  get dtype(): DType {
    return native().dtype(this);
  }

  /** "cpu", "cuda:0", ... */
  get device(): string {
    return native().device(this);
  }

  /** Whether autograd records what happens to this tensor. */
  get requiresGrad(): boolean {
    return native().requiresGrad(this);
  }

  set requiresGrad(value: boolean) {
    native().setRequiresGrad(this, value);
  }

  /** The gradient that `backward` accumulated, or null. Each reading makes a new Tensor. */
  get grad(): Tensor | null {
    return native().gradOf(this);
  }

  set grad(value: Tensor | null) {
    native().setGrad(this, value);
  }

  /** True once freed. */
  get disposed(): boolean {
    return native().isDisposed(this);
  }

  isContiguous(format: "contiguous" | "channels_last" = "contiguous"): boolean {
    return native().isContiguous(this, format === "channels_last");
  }

  /** The same values, cut from the gradient graph; memory is shared. */
  detach(): Tensor {
    return detach(this);
  }

  /** This tensor with another dtype, device or memory format; memory is shared where nothing changes. */
  to(options: {
    readonly dtype?: DType;
    readonly device?: string;
    readonly memoryFormat?: MemoryFormat;
    /** A copy even where nothing changes. */
    readonly copy?: boolean;
  }): Tensor {
    const { dtype, device, memoryFormat, copy = false } = options;
    return to(this, dtype, null, device, null, false, copy, memoryFormat);
  }

  /** Laid out in memory as `format` says; memory is shared where it already is. */
  contiguous(format: MemoryFormat = "contiguous"): Tensor {
    return contiguous(this, format);
  }

  /** The only element as a number (0 or 1 for bool). int64 beyond 2^53 loses digits. */
  item(): number {
    return Number(native().item(this));
  }

  /** The elements in C order as float32, converted where the dtype is another. */
  toFloat32Array(): Float32Array {
    return new Float32Array(native().tensorToBuffer(this, "float32"));
  }

  /** The elements in C order as int64, converted where the dtype is another. */
  toBigInt64Array(): BigInt64Array {
    return new BigInt64Array(native().tensorToBuffer(this, "int64"));
  }

  /** A copy at rest, in the tensor's own dtype. */
  toData(): TensorData {
    const { dtype, shape } = this;
    return { dtype, shape, bytes: new Uint8Array(native().tensorToBuffer(this, dtype)) };
  }

  /** Frees the memory now (unless another tensor or a gradient graph shares it). Harmless twice. */
  dispose(): void {
    native().dispose(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const DTYPE_OF_ARRAY = {
  Float32Array: "float32",
  Float64Array: "float64",
  BigInt64Array: "int64",
  Int32Array: "int32",
  Int16Array: "int16",
  Int8Array: "int8",
  Uint8Array: "uint8",
} as const satisfies Record<string, DType>;

/** Arrays that become tensors; plain numbers become float32. */
export type TensorSource =
  | Float32Array
  | Float64Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | readonly number[];

/** Copies values into a new tensor of the array's element type. */
export function tensor(
  values: TensorSource,
  shape: readonly number[],
  options: TensorOptions = {},
): Tensor {
  const data = ArrayBuffer.isView(values) ? values : Float32Array.from(values);
  const dtype = DTYPE_OF_ARRAY[data.constructor.name as keyof typeof DTYPE_OF_ARRAY];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return fromData({ dtype, shape, bytes }, options);
}

/** Copies a tensor at rest onto a device, in its own dtype. */
export function fromData(data: TensorData, options: TensorOptions = {}): Tensor {
  const { device = "cpu", requiresGrad = false } = options;
  const result = native().tensorFromBytes(data.bytes, data.shape, data.dtype, device);
  if (requiresGrad) result.requiresGrad = true;
  return result;
}
