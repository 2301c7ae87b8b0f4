import { DTYPE_BYTES, type DType, elements, type TensorData } from "@v2l/nn";

/** More dimensions than any tensor of a checkpoint has. */
const MAX_DIMENSIONS = 32;

/** The bytes a tensor lies in, by the key under which a checkpoint stores them. */
export interface StorageRef {
  readonly key: string;
  readonly dtype: DType;
  /** Number of elements. */
  readonly count: number;
}

/** A tensor as a checkpoint describes it: a view of a storage, not read yet. Strides in elements. */
export class TensorRef {
  constructor(
    readonly storage: StorageRef,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}

  /** Bytes of the tensor when it is contiguous. */
  get byteLength(): number {
    return elements(this.shape) * DTYPE_BYTES[this.storage.dtype];
  }

  /** True where the tensor is its whole storage in order: its bytes need no copy. */
  get isWholeStorage(): boolean {
    return this.offset === 0 && elements(this.shape) === this.storage.count && isContiguous(this);
  }

  /** What is wrong with the view, or null: it must lie inside its storage and not repeat elements. */
  problem(): string | null {
    const { shape, strides, offset, storage } = this;
    if (shape.length !== strides.length) {
      return `${shape.length} sizes and ${strides.length} strides`;
    }
    if (shape.length > MAX_DIMENSIONS) return `${shape.length} dimensions`;
    if (![offset, ...shape, ...strides].every((n) => Number.isSafeInteger(n) && n >= 0)) {
      return "negative or fractional sizes, strides or offset";
    }
    const count = elements(shape);
    if (!(count <= storage.count)) return `${count} elements in a storage of ${storage.count}`;
    const last = shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] as number), offset);
    if (count > 0 && last >= storage.count) {
      return `element ${last} of a storage of ${storage.count}`;
    }
    return null;
  }
}

/**
 * The tensor, contiguous. Bytes are shared with the storage where the tensor is all of it.
 * @param bytes the whole storage, in a buffer of its own.
 */
export function materialise(ref: TensorRef, bytes: Uint8Array): TensorData {
  const { dtype } = ref.storage;
  const shape = [...ref.shape];
  if (ref.isWholeStorage) return { dtype, shape, bytes };
  const width = DTYPE_BYTES[dtype];
  if (isContiguous(ref)) {
    const start = ref.offset * width;
    return { dtype, shape, bytes: bytes.slice(start, start + ref.byteLength) };
  }
  const out = new Uint8Array(ref.byteLength);
  gather(ref, words(bytes, width), words(out, width));
  return { dtype, shape, bytes: out };
}

/** Row-major strides. Dimensions of one element may have any stride, empty tensors all of them. */
function isContiguous(ref: TensorRef): boolean {
  if (elements(ref.shape) === 0) return true;
  let expected = 1;
  for (let i = ref.shape.length - 1; i >= 0; i--) {
    const size = ref.shape[i] as number;
    if (size !== 1 && ref.strides[i] !== expected) return false;
    expected *= size;
  }
  return true;
}

type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** Elements as opaque words of their width. */
function words(bytes: Uint8Array, width: number): Words {
  const { buffer, byteOffset, byteLength } = bytes;
  if (width === 8) return new BigUint64Array(buffer, byteOffset, byteLength / 8);
  if (width === 4) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  if (width === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return bytes;
}

/** Copies the elements of a strided view in row-major order. */
function gather(ref: TensorRef, from: Words, to: Words): void {
  const { shape, strides } = ref;
  const position = shape.map(() => 0);
  let at = ref.offset;
  for (let i = 0; i < to.length; i++) {
    to[i] = from[at] as never;
    for (let d = shape.length - 1; d >= 0; d--) {
      const step = strides[d] as number;
      at += step;
      position[d] = (position[d] as number) + 1;
      if ((position[d] as number) < (shape[d] as number)) break;
      at -= step * (shape[d] as number);
      position[d] = 0;
    }
  }
}
