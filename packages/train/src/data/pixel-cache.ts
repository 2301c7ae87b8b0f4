import { closeSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Image } from "v2l";
import type { Dataset } from "./dataset.js";

/**
 * A data set whose pictures are made once and then read from a file, one fixed-size record each. The
 * first byte of a record tells whether it is filled, so that the file may be sparse, and shared.
 */
export class PixelCache implements Dataset {
  private readonly file: number;
  private readonly record: Uint8Array;

  /** @param side width and height of all pictures of `source` */
  constructor(
    private readonly source: Dataset,
    path: string,
    private readonly side: number,
  ) {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, "a"));
    this.file = openSync(path, "r+");
    this.record = new Uint8Array(1 + side * side * 3);
  }

  get length(): number {
    return this.source.length;
  }

  async item(index: number): Promise<Image> {
    const { side, record } = this;
    const position = index * record.length;
    const read = readSync(this.file, record, 0, record.length, position);
    if (read === record.length && record[0] === 1) {
      return { width: side, height: side, data: record.slice(1) };
    }
    const image = await this.source.item(index);
    record[0] = 1;
    record.set(image.data, 1);
    writeSync(this.file, record, 0, record.length, position);
    return image;
  }

  dispose(): void {
    closeSync(this.file);
  }
}
