import type { LogRecord, TrainEvent } from "@v2l/train";
import { duration } from "./format.js";
import type { Output } from "./output.js";
import type { Progress } from "./progress.js";

/** Shows what a training run reports: bars for work that takes time, a line for each file. */
export class TrainView {
  private progress: Progress | null = null;
  private label = "";

  constructor(private readonly output: Output) {}

  readonly show = (event: TrainEvent): void => {
    switch (event.type) {
      case "prepare":
        this.bar(event.what).update(event);
        if (event.done === event.total) this.end();
        break;
      case "start":
        this.note(`${event.dir}: step ${event.step} of ${event.steps}`);
        break;
      case "step": {
        const { step, steps, remaining, record } = event;
        const note = figures(record);
        this.bar("step").update({ done: step, total: steps, remaining, note });
        break;
      }
      case "checkpoint":
        break;
      case "sample":
        this.note(`wrote ${event.path}`);
        break;
      case "end":
        this.end();
        break;
    }
  };

  end(): void {
    this.progress?.end();
    this.progress = null;
  }

  private bar(label: string): Progress {
    if (this.progress === null || this.label !== label) {
      this.end();
      this.progress = this.output.progress(label);
      this.label = label;
    }
    return this.progress;
  }

  private note(line: string): void {
    this.progress?.end();
    this.output.note(line);
  }
}

/** The first figures of a record, which are its losses. */
function figures(record: LogRecord): string {
  return Object.entries(record)
    .filter(([, value]) => typeof value === "number")
    .slice(0, 4)
    .map(([name, value]) => `${name} ${(value as number).toPrecision(4)}`)
    .join("  ");
}

/** `1h 05m` for the end of a run. */
export function elapsed(begun: number): string {
  return duration((performance.now() - begun) / 1000);
}
