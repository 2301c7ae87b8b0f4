import { type ErrorCode, expected, V2LError } from "@v2l/nn";

/** Bytes that can be read at any position. Every read is complete or an error. */
export abstract class RandomAccess {
  constructor(
    /** Path or address, for messages. */
    readonly path: string,
    /** Number of bytes. */
    readonly size: number,
    private readonly code: ErrorCode,
  ) {}

  /** An error about the content. */
  error(what: string, received: unknown, options?: { cause?: unknown }): V2LError {
    return new V2LError(this.code, expected(what, this.path, received), options);
  }

  /** Reads `length` bytes at `position` into a buffer of their own (aligned for any element type). */
  async read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (position < 0 || length < 0 || position + length > this.size) {
      throw this.error(
        `at least ${position + length} bytes`,
        `${this.size} bytes: the file is cut off`,
      );
    }
    return this.readInside(position, length);
  }

  /** {@link read} of a range that lies inside. */
  protected abstract readInside(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}
