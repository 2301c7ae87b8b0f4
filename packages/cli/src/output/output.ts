import type { Writable } from "node:stream";
import { Progress } from "./progress.js";

/** A stream that may be a terminal. */
export interface Sink extends Pick<Writable, "write"> {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where a command writes: results to stdout, all else to stderr. */
export class Output {
  constructor(
    private readonly stdout: Sink,
    private readonly stderr: Sink,
    private readonly mode: { readonly json: boolean; readonly quiet: boolean },
  ) {}

  /** Prints a result: the lines, or with --json the value as one line. */
  result(value: unknown, ...lines: readonly string[]): void {
    const shown = this.mode.json ? [JSON.stringify(value)] : lines;
    for (const line of shown) this.stdout.write(`${line}\n`);
  }

  /** Tells something that is not a result, unless --quiet. */
  note(line: string): void {
    if (!this.mode.quiet) this.stderr.write(`${line}\n`);
  }

  /** A bar on a terminal, a line now and then elsewhere, nothing with --quiet. */
  progress(label: string): Progress {
    return new Progress(label, this.mode.quiet ? null : this.stderr);
  }
}
