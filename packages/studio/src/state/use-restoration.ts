import type { RestoreEvent, RestoreRequest } from "@v2l/server";
import { useState } from "preact/hooks";
import type { ApiClient } from "../api/client.js";
import { fromDataUrl } from "../pictures/data-url.js";
import { useTask } from "./use-task.js";

type StepEvent = Extract<RestoreEvent, { type: "step" }>;
type DoneEvent = Extract<RestoreEvent, { type: "done" }>;

/** How far a restoration is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What the words so far decode to. */
  readonly picture: Blob | null;
  /** Cells just written. */
  readonly cells: readonly number[];
  /** What was written into cells so far. */
  readonly written: ReadonlyMap<number, string>;
}

export interface Restored {
  readonly event: DoneEvent;
  readonly restored: Blob;
  readonly degraded: Blob;
  /** The clean picture, where it is known. */
  readonly original: Blob | null;
}

export interface Restoration {
  readonly running: boolean;
  readonly error: string | null;
  readonly progress: Progress | null;
  readonly result: Restored | null;
  start(request: RestoreRequest): Promise<void>;
  stop(): void;
  clear(): void;
}

const BEGUN: Progress = { done: 0, total: 0, picture: null, cells: [], written: new Map() };

/** A restoration by the server's language model, step by step. */
export function useRestoration(api: ApiClient): Restoration {
  const { running, error, run, stop } = useTask();
  const [progress, setProgress] = useState<Progress | null>(null);
  const [result, setResult] = useState<Restored | null>(null);
  const clear = () => {
    setProgress(null);
    setResult(null);
  };
  return {
    running,
    error,
    progress,
    result,
    start: (request) =>
      run(async (signal) => {
        setResult(null);
        setProgress(BEGUN);
        for await (const event of api.restore(request, signal)) {
          if (event.type === "step") setProgress((before) => after(before ?? BEGUN, event));
          if (event.type === "done") setResult(restoredOf(event));
        }
      }),
    stop,
    clear,
  };
}

function after({ written }: Progress, event: StepEvent): Progress {
  const { cells, pieces, done, total, picture } = event;
  const all = new Map(written);
  cells.forEach((cell, i) => void all.set(cell, pieces[i] as string));
  return {
    done,
    total,
    cells,
    written: all,
    picture: picture === null ? null : fromDataUrl(picture),
  };
}

function restoredOf(event: DoneEvent): Restored {
  const { restored, degraded, original } = event;
  return {
    event,
    restored: fromDataUrl(restored),
    degraded: fromDataUrl(degraded),
    original: original === null ? null : fromDataUrl(original),
  };
}
