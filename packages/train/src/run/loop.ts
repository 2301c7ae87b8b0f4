import { V2LError, type Weights } from "@v2l/nn";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import type { Json } from "./config.js";
import type { LogRecord, TrainOptions } from "./events.js";
import { RunFolder } from "./folder.js";

/** What the loop drives: a model with its optimisers and data. */
export interface Trainee {
  /** Runs optimiser step number `step` (from 0) and returns its line of the log. */
  step(step: number): Promise<LogRecord>;
  /** Every tensor the next step depends on: weights, running statistics, optimiser moments. */
  state(): Weights;
  /** Puts back what {@link state} returned. */
  restore(state: Weights): void;
  /** Writes a picture of the present state to `path`. */
  sample?(path: string): Promise<void>;
}

export interface LoopConfig {
  readonly steps: number;
  /** Write a checkpoint every this many steps; also at the end. */
  readonly checkpointEvery: number;
  /** Write a picture every this many steps; 0: never. */
  readonly sampleEvery: number;
}

export interface LoopOptions extends TrainOptions {
  readonly recipe: string;
  /** The full configuration, saved with the run and compared when it is resumed. */
  readonly config: object;
  readonly versions: Readonly<Record<string, string>>;
}

/** Opens or creates the run folder. Call it before costly preparation: it refuses early. */
export function openRun(options: LoopOptions): RunFolder {
  const { dir, recipe, versions } = options;
  const config = JSON.parse(JSON.stringify(options.config)) as Json;
  return options.resume === true
    ? RunFolder.open(dir, recipe, config)
    : RunFolder.create(dir, recipe, config, versions);
}

/**
 * The loop all recipes share: steps, log, checkpoints, pictures, progress, cancellation and resuming.
 * @returns the number of finished steps: `config.steps`, or fewer when `signal` aborted the run.
 */
export async function trainLoop(
  folder: RunFolder,
  trainee: Trainee,
  config: LoopConfig,
  options: LoopOptions,
): Promise<number> {
  const { signal, onEvent } = options;
  const { steps } = config;
  let step = options.resume === true ? await restore(folder, trainee, options.recipe) : 0;
  let saved = step;
  const save = async () => {
    await writeCheckpoint(folder.checkpoint, options.recipe, { step, state: trainee.state() });
    saved = step;
    onEvent?.({ type: "checkpoint", step, path: folder.checkpoint });
  };

  onEvent?.({ type: "start", step, steps, dir: folder.dir });
  const clock = new StepClock();
  while (step < steps && signal?.aborted !== true) {
    const record = await trainee.step(step);
    step += 1;
    refuseNaN(record, step);
    const secondsPerStep = clock.tick();
    folder.append(step, { ...record, seconds: round(clock.last) });
    const remaining = (steps - step) * secondsPerStep;
    onEvent?.({ type: "step", step, steps, secondsPerStep, remaining, record });
    if (step % config.checkpointEvery === 0) await save();
    if (trainee.sample && config.sampleEvery > 0 && step % config.sampleEvery === 0) {
      const path = folder.path(`sample-${String(step).padStart(6, "0")}.png`);
      await trainee.sample(path);
      onEvent?.({ type: "sample", step, path });
    }
  }
  if (saved !== step) await save();
  onEvent?.({ type: "end", step, aborted: step < steps });
  return step;
}

/** @returns the number of steps the checkpoint holds; 0 where the run has none yet. */
async function restore(folder: RunFolder, trainee: Trainee, recipe: string): Promise<number> {
  const checkpoint = await readCheckpoint(folder.checkpoint, recipe);
  const step = checkpoint?.step ?? 0;
  if (checkpoint) trainee.restore(checkpoint.state);
  folder.truncateLog(step);
  return step;
}

/** A loss that is not a number never recovers: stop before the checkpoint is overwritten. */
function refuseNaN(record: LogRecord, step: number): void {
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new V2LError(
        "RUNTIME",
        `Expected a finite number for \`${name}\` at step ${step} but received ${value}. ` +
          "Resume from the last checkpoint with a lower learning rate",
      );
    }
  }
}

/** Seconds of the last step, and the average of the latest ones. */
class StepClock {
  last = 0;
  private since = performance.now();
  private readonly recent: number[] = [];

  tick(): number {
    const now = performance.now();
    this.last = (now - this.since) / 1000;
    this.since = now;
    this.recent.push(this.last);
    if (this.recent.length > 20) this.recent.shift();
    return this.recent.reduce((sum, seconds) => sum + seconds, 0) / this.recent.length;
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1e4) / 1e4;
}
