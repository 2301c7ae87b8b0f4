import { type DType, elements } from "@v2l/nn";
import { Buildable, Malformed, type PickleGlobal } from "./pickle.js";
import { type StorageRef, TensorRef } from "./tensor-ref.js";

/** A storage class of PyTorch, `torch.FloatStorage`. */
export class StorageType implements PickleGlobal {
  readonly call = null;

  constructor(readonly dtype: DType) {}
}

/** An `argparse.Namespace`. */
export class Namespace extends Buildable {
  fields: ReadonlyMap<unknown, unknown> = new Map();

  override build(state: unknown): void {
    if (!(state instanceof Map)) throw new Malformed("the state of a Namespace");
    this.fields = state;
  }
}

/** A NumPy dtype; only its kind matters here. */
class NumpyDtype extends Buildable {
  constructor(readonly code: string) {
    super();
  }

  /** Byte order and flags. */
  override build(): void {}
}

/** A NumPy array of Python objects. */
export class ObjectArray extends Buildable {
  shape: readonly number[] = [];
  values: readonly unknown[] = [];

  /** State: (version, shape, dtype, Fortran order, list of objects). */
  override build(state: unknown): void {
    const [, shape, dtype, fortran, values] = Array.isArray(state) ? state : [];
    if (!(dtype instanceof NumpyDtype) || !dtype.code.startsWith("O") || !Array.isArray(values)) {
      throw new Malformed("a NumPy array that does not hold Python objects");
    }
    const sizes = isShape(shape) ? shape : [];
    if (elements(sizes) !== values.length || (fortran === true && sizes.length > 1)) {
      throw new Malformed("a NumPy array whose shape does not fit its content");
    }
    this.shape = sizes;
    this.values = values;
  }
}

/** Something a pickle may build and that nobody reads: a device, a path, a NumPy scalar. */
const IGNORED = Object.freeze({ ignored: true });

const ignored: PickleGlobal = { call: () => IGNORED };
const mentioned: PickleGlobal = { call: null };

const NUMPY_GLOBALS: readonly (readonly [string, PickleGlobal])[] = [
  ["numpy ndarray", mentioned],
  ["numpy dtype", { call: ([code]) => new NumpyDtype(typeof code === "string" ? code : "") }],
  ...["numpy.core.multiarray", "numpy._core.multiarray"].flatMap((module) => [
    [`${module} _reconstruct`, { call: () => new ObjectArray() }] as const,
    [`${module} scalar`, ignored] as const,
  ]),
  ["_codecs encode", ignored],
];

const STORAGE_TYPES: Readonly<Record<string, DType>> = {
  DoubleStorage: "float64",
  FloatStorage: "float32",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/** What the pickle of a NumPy array of objects may name. */
export const NPY_GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map(NUMPY_GLOBALS);

/** What the pickle of a PyTorch checkpoint may name. */
export const TORCH_GLOBALS: ReadonlyMap<string, PickleGlobal> = new Map<string, PickleGlobal>([
  ...NUMPY_GLOBALS,
  ["collections OrderedDict", { call: orderedDict }],
  ["collections defaultdict", { call: () => new Map() }],
  ["argparse Namespace", { call: () => new Namespace() }],
  ["torch._utils _rebuild_tensor", { call: rebuildTensor }],
  ["torch._utils _rebuild_tensor_v2", { call: rebuildTensor }],
  ["torch._utils _rebuild_parameter", { call: rebuildParameter }],
  ["torch Size", { call: ([sizes]) => sizes }],
  ["torch device", ignored],
  ["pathlib PosixPath", ignored],
  ["pathlib WindowsPath", ignored],
  ...Object.entries(STORAGE_TYPES).map(
    ([name, dtype]) => [`torch ${name}`, new StorageType(dtype)] as const,
  ),
]);

/**
 * Reads the persistent id of a storage: ("storage", type, key, device, elements[, no view]).
 * The device is ignored.
 */
export function storageRef(id: unknown): StorageRef {
  const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
  const valid =
    kind === "storage" &&
    type instanceof StorageType &&
    typeof key === "string" &&
    Number.isSafeInteger(count) &&
    count >= 0 &&
    (view ?? null) === null;
  if (!valid) throw new Malformed("a persistent id that is not a storage");
  return { key, dtype: type.dtype, count };
}

/** (storage, offset, sizes, strides, ...), not checked yet; gradients and hooks are ignored. */
function rebuildTensor(args: readonly unknown[]): TensorRef {
  const [storage, offset, shape, strides] = args;
  if (!isStorageRef(storage) || !Array.isArray(shape) || !Array.isArray(strides)) {
    throw new Malformed("a tensor without storage, sizes or strides");
  }
  return new TensorRef(storage, offset as number, shape, strides);
}

function rebuildParameter([data]: readonly unknown[]): TensorRef {
  if (!(data instanceof TensorRef)) throw new Malformed("a parameter without a tensor");
  return data;
}

function isStorageRef(value: unknown): value is StorageRef {
  return typeof value === "object" && value !== null && "dtype" in value && "count" in value;
}

/**
 * Empty from Python 3, which adds the entries afterwards; from Python 2 with a list of pairs. The list is
 * used up, so that many dictionaries of one long list do not multiply it.
 */
function orderedDict([pairs = [], ...rest]: readonly unknown[]): Map<unknown, unknown> {
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2;
  if (rest.length > 0 || !Array.isArray(pairs) || !pairs.every(isPair)) {
    throw new Malformed("an OrderedDict of something else than pairs");
  }
  return new Map(pairs.splice(0) as [unknown, unknown][]);
}

/** Sizes of a NumPy array, which has at most 32 dimensions. */
function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= 32 && value.every(Number.isSafeInteger);
}
