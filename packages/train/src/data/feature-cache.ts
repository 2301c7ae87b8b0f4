import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Image } from "v2l";

const KEY_BYTES = 16;

/**
 * CLIP features on disk, found by the content of the picture: one append-only file per CLIP, each
 * record the picture's hash and its `width` float32 values. A record cut off by a crash is dropped.
 */
export class FeatureCache {
  private readonly file: number;
  private readonly rows = new Map<string, number>();
  private readonly recordBytes: number;

  constructor(
    path: string,
    readonly width: number,
  ) {
    this.recordBytes = KEY_BYTES + width * 4;
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, "a+");
    this.index();
  }

  /** The identity of a picture: a hash of its size and pixels. */
  static key(image: Image): string {
    const hash = createHash("sha256");
    hash.update(`${image.width}x${image.height}:`).update(image.data);
    return hash.digest().subarray(0, KEY_BYTES).toString("hex");
  }

  get size(): number {
    return this.rows.size;
  }

  has(key: string): boolean {
    return this.rows.has(key);
  }

  /** Copies the features of `key` into `out` at `offset`; false where they are not cached. */
  read(key: string, out: Float32Array, offset: number): boolean {
    const row = this.rows.get(key);
    if (row === undefined) return false;
    const bytes = new Uint8Array(out.buffer, out.byteOffset + offset * 4, this.width * 4);
    readSync(this.file, bytes, 0, bytes.length, row * this.recordBytes + KEY_BYTES);
    return true;
  }

  add(key: string, features: Float32Array): void {
    if (this.rows.has(key)) return;
    const record = Buffer.alloc(this.recordBytes);
    record.write(key, 0, "hex");
    record.set(new Uint8Array(features.buffer, features.byteOffset, this.width * 4), KEY_BYTES);
    writeSync(this.file, record);
    this.rows.set(key, this.rows.size);
  }

  dispose(): void {
    closeSync(this.file);
  }

  private index(): void {
    const records = Math.floor(fstatSync(this.file).size / this.recordBytes);
    ftruncateSync(this.file, records * this.recordBytes);
    const key = Buffer.alloc(KEY_BYTES);
    for (let row = 0; row < records; row++) {
      readSync(this.file, key, 0, KEY_BYTES, row * this.recordBytes);
      this.rows.set(key.toString("hex"), row);
    }
  }
}
