import { closeSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { expected, V2LError } from "@v2l/nn";

/** Rows of `width` float32 values on disk, by their number. Rows that nobody wrote take no room. */
export class FeatureFile {
  private readonly file: number;

  constructor(
    readonly path: string,
    readonly width: number,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, "a"));
    this.file = openSync(path, "r+");
  }

  /** Writes rows; when this returns they are on the disk. */
  write(rows: readonly (readonly [row: number, values: Float32Array])[]): void {
    for (const [row, values] of rows) {
      if (values.length !== this.width) {
        const message = expected(`${this.width} values`, "values", `${values.length}`);
        throw new V2LError("INVALID_ARGUMENT", message);
      }
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      writeSync(this.file, bytes, 0, bytes.length, row * bytes.length);
    }
    fsyncSync(this.file);
  }

  /** @throws V2LError INVALID_ARGUMENT where the file does not reach to the row */
  read(row: number): Float32Array {
    const values = new Float32Array(this.width);
    const bytes = new Uint8Array(values.buffer);
    if (readSync(this.file, bytes, 0, bytes.length, row * bytes.length) === bytes.length) {
      return values;
    }
    const remedy = "Measure again with --fresh";
    const message = expected(`features of image ${row}`, this.path, "a shorter file", remedy);
    throw new V2LError("INVALID_ARGUMENT", message);
  }

  dispose(): void {
    closeSync(this.file);
  }
}
