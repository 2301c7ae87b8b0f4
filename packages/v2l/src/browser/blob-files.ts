import { sha256 } from "@noble/hashes/sha2.js";
import { type ErrorCode, expected, V2LError } from "@v2l/nn";
import type { BundleFiles, Sha256 } from "../bundle/bundle.js";
import { RandomAccess } from "../files/random-access.js";

/** The files of a bundle as blobs, by name. */
export class BlobFiles implements BundleFiles {
  private readonly blobs = new Map<string, Blob>();

  /** @param path what messages call the bundle */
  constructor(readonly path: string) {}

  add(name: string, blob: Blob): void {
    this.blobs.set(name, blob);
  }

  /** Forgets the contents. */
  clear(): void {
    this.blobs.clear();
  }

  async with<T>(
    name: string,
    code: ErrorCode,
    use: (file: RandomAccess) => Promise<T>,
  ): Promise<T> {
    const blob = this.blobs.get(name);
    if (blob) return use(new RandomAccessBlob(name, code, blob));
    throw new V2LError("FILE_NOT_FOUND", expected(`a file ${name}`, this.path, "none"));
  }

  sha256(): Sha256 {
    return sha256.create();
  }
}

class RandomAccessBlob extends RandomAccess {
  constructor(
    name: string,
    code: ErrorCode,
    private readonly blob: Blob,
  ) {
    super(name, blob.size, code);
  }

  protected async readInside(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await this.blob.slice(position, position + length).arrayBuffer());
    } catch (cause) {
      throw this.error("a readable file", "one that was moved or changed", { cause });
    }
  }
}
