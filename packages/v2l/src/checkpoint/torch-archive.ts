import type { StorageRef } from "./tensor-ref.js";

/** The content of a PyTorch file before any tensor is read. */
export interface TorchArchive {
  /** The object that was saved; tensors are `TensorRef`s. */
  readonly root: unknown;
  /** Where the bytes of a storage lie. Fails where the file does not hold exactly that many. */
  locate(storage: StorageRef): StorageLocation;
}

export interface StorageLocation {
  readonly position: number;
  readonly bytes: number;
  /** Expected CRC-32, where the format records one. */
  readonly crc32: number | null;
}
