/** One line of the log: numbers, and switches as booleans. NaN and infinities are errors, not lines. */
export type LogRecord = Readonly<Record<string, number | boolean | null>>;

/** What a training run reports. Libraries print nothing: the caller renders these. */
export type TrainEvent =
  /** Work before the first step, e.g. computing CLIP features: `done` of `total` items. */
  | {
      readonly type: "prepare";
      readonly what: string;
      readonly done: number;
      readonly total: number;
    }
  /** The loop begins; `step` is not 0 when resuming. */
  | { readonly type: "start"; readonly step: number; readonly steps: number; readonly dir: string }
  /** One optimiser step is done; `step` counts finished steps. Times are in seconds. */
  | {
      readonly type: "step";
      readonly step: number;
      readonly steps: number;
      readonly secondsPerStep: number;
      readonly remaining: number;
      readonly record: LogRecord;
    }
  | { readonly type: "checkpoint"; readonly step: number; readonly path: string }
  /** A picture of reconstructions was written. */
  | { readonly type: "sample"; readonly step: number; readonly path: string }
  | { readonly type: "end"; readonly step: number; readonly aborted: boolean };

/** What every recipe takes beside its configuration. */
export interface TrainOptions {
  /** The run folder: `config.json`, `log.jsonl`, `checkpoint.safetensors`, pictures. */
  readonly dir: string;
  /** Continue the run in `dir`; false starts a new one in an empty or missing folder. */
  readonly resume?: boolean;
  /** Stops after the current step, with a last checkpoint. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
}
