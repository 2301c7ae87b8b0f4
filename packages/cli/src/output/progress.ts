import { duration } from "./format.js";
import type { Sink } from "./output.js";

/** Seconds between two lines where the output is not a terminal, and between two drawings where it is. */
const LINE_EVERY = 30;
const DRAW_EVERY = 0.1;
const BAR_WIDTH = 24;

export interface ProgressState {
  readonly done: number;
  readonly total: number;
  /** Shown at the end of the line. */
  readonly note?: string;
  /** Seconds to go; by default what the pace so far tells. */
  readonly remaining?: number;
}

/** Renders how far something is. Short work prints nothing where the output is not a terminal. */
export class Progress {
  private readonly begun: number;
  private drawn: number;
  private first: number | null = null;

  /** @param stderr where to write; null: nowhere. @param now seconds, for tests. */
  constructor(
    private readonly label: string,
    private readonly stderr: Sink | null,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.begun = now();
    this.drawn = this.begun;
  }

  update(state: ProgressState): void {
    const { stderr } = this;
    if (stderr === null) return;
    this.first ??= state.done;
    const time = this.now();
    const wait = stderr.isTTY ? DRAW_EVERY : LINE_EVERY;
    if (time - this.drawn < wait) return;
    this.drawn = time;
    const line = this.line(state, time);
    stderr.write(stderr.isTTY ? this.overwrite(line, stderr.columns ?? 80) : `${line}\n`);
  }

  /** Removes the bar. */
  end(): void {
    if (this.stderr?.isTTY) this.stderr.write("\r\x1b[K");
  }

  private line({ done, total, note, remaining }: ProgressState, time: number): string {
    const share = total === 0 ? 1 : done / total;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = this.stderr?.isTTY ? ` ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}` : "";
    const gained = done - (this.first ?? 0);
    const seconds = remaining ?? ((time - this.begun) / gained) * (total - done);
    const eta = Number.isFinite(seconds) ? `, ${duration(seconds)} left` : "";
    const percent = `${Math.floor(share * 100)}%`;
    return `${this.label}${bar} ${done}/${total} (${percent}${eta})${note ? `  ${note}` : ""}`;
  }

  private overwrite(line: string, columns: number): string {
    return `\r${line.slice(0, columns - 1)}\x1b[K`;
  }
}
