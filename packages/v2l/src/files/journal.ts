import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
} from "node:fs";
import { join } from "node:path";

/**
 * What a long evaluation has measured so far, one line of JSON for each result, so that a run that was
 * killed goes on where it was. The file's name is that of its identity: whatever changes the results
 * must be in it.
 */
export class Journal<T extends object> {
  private constructor(
    readonly path: string,
    private readonly results: T[],
  ) {}

  /** All results, those of earlier runs first. */
  get entries(): readonly T[] {
    return this.results;
  }

  /**
   * Opens the journal of an identity in a folder, or begins it. A line that a killed run did not finish
   * is cut off.
   * @param fresh forget what earlier runs have measured
   */
  static open<T extends object>(
    folder: string,
    name: string,
    identity: object,
    { fresh = false }: { readonly fresh?: boolean } = {},
  ): Journal<T> {
    const digest = createHash("sha256").update(JSON.stringify(identity)).digest("hex");
    const path = join(folder, `${name}-${digest.slice(0, 12)}.jsonl`);
    mkdirSync(folder, { recursive: true });
    if (fresh) rmSync(path, { force: true });
    closeSync(openSync(path, "a"));
    const content = readFileSync(path);
    const whole = content.lastIndexOf("\n") + 1;
    if (whole < content.length) truncateSync(path, whole);
    const lines = content.toString("utf8", 0, whole).split("\n").slice(0, -1);
    return new Journal<T>(
      path,
      lines.map((line) => JSON.parse(line) as T),
    );
  }

  /** Adds results; when this returns they are on the disk. */
  add(...results: readonly T[]): void {
    if (results.length === 0) return;
    const file = openSync(this.path, "a");
    try {
      appendFileSync(file, results.map((one) => `${JSON.stringify(one)}\n`).join(""));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    this.results.push(...results);
  }
}
