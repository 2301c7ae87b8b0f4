import { existsSync } from "node:fs";
import { expected, type TensorData, V2LError } from "@v2l/nn";
import { readSafetensors, writeSafetensors } from "../checkpoint/safetensors.js";

/** Seconds between two saves of an unfinished stage. */
const SAVE_EVERY = 30;

export type StageName = "expand" | "embed" | "filter";

export interface StageProgress {
  readonly stage: StageName;
  /** Finished items; not 0 at first where an earlier run is continued. */
  readonly done: number;
  readonly total: number;
}

export interface StageOptions {
  /** Seconds between two saves; 30 by default, 0: after every step. */
  readonly saveEvery?: number;
  /** Stops after the present step, with everything saved; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StageProgress) => void;
}

/** What a result depends on, by name. A file of one configuration is not continued with another. */
export type StageConfig = Readonly<Record<string, string | number>>;

/** Work that is done item by item, in steps, on tensors that hold the result so far. */
export interface Stage {
  readonly name: StageName;
  readonly total: number;
  /** Items of one step. */
  readonly step: number;
  readonly config: StageConfig;
  /** Views of the arrays that `work` fills. A step that fails must leave them usable. */
  readonly state: ReadonlyMap<string, TensorData>;
  /** Does the items from `first` to `end` (excluded). */
  work(first: number, end: number): Promise<void>;
}

/**
 * Runs what is left of a stage. `file` holds state, configuration and number of finished items; it is
 * replaced as a whole now and then and at the end, also when the stage fails or is stopped, so that a
 * run that was killed loses what came after the last save, and nothing else.
 * @throws V2LError RESUME_MISMATCH where the file is of another configuration; CHECKPOINT_UNREADABLE
 */
export async function runStage(stage: Stage, file: string, options: StageOptions): Promise<void> {
  const { name, total, state } = stage;
  const { saveEvery = SAVE_EVERY, signal, onProgress } = options;
  let done = await restore(stage, file);
  let [saved, savedAt] = [done, performance.now()];
  const save = async () => {
    const metadata = { ...identity(stage), done: String(done) };
    await writeSafetensors(file, state, metadata);
    [saved, savedAt] = [done, performance.now()];
  };
  onProgress?.({ stage: name, done, total });
  try {
    while (done < total) {
      signal?.throwIfAborted();
      const end = Math.min(done + stage.step, total);
      await stage.work(done, end);
      done = end;
      if (performance.now() - savedAt >= 1000 * saveEvery) await save();
      onProgress?.({ stage: name, done, total });
      await new Promise(setImmediate); // lets an abort through
    }
  } finally {
    if (saved !== done || !existsSync(file)) await save();
  }
}

/**
 * The finished items of a stage's file; null where there is none.
 * @throws V2LError CHECKPOINT_UNREADABLE
 */
export async function stageDone(file: string): Promise<number | null> {
  if (!existsSync(file)) return null;
  return Number((await readSafetensors(file, { select: () => false })).metadata.done);
}

function identity({ name, total, config }: Stage): Record<string, string> {
  return { stage: name, config: JSON.stringify({ ...config, items: total }) };
}

/** Puts the state of an earlier run back. @returns its number of finished items */
async function restore(stage: Stage, file: string): Promise<number> {
  if (!existsSync(file)) return 0;
  const { weights, metadata } = await readSafetensors(file);
  const own = identity(stage);
  if (metadata.stage !== own.stage || metadata.config !== own.config) {
    const other = changed(own.config as string, metadata.config ?? "{}");
    const remedy = "Remove the file to begin anew, or choose another folder";
    throw new V2LError(
      "RESUME_MISMATCH",
      expected("the configuration it was begun with", file, `another ${other}`, remedy),
    );
  }
  const done = Number(metadata.done);
  const fits = [...stage.state].every(([name, { bytes }]) => {
    return weights.get(name)?.bytes.length === bytes.length;
  });
  if (!fits || !Number.isInteger(done) || done < 0 || done > stage.total) {
    const what = `the state of a stage of ${stage.total} items`;
    throw new V2LError("CHECKPOINT_UNREADABLE", expected(what, file, "other tensors"));
  }
  for (const [name, { bytes }] of stage.state) bytes.set((weights.get(name) as TensorData).bytes);
  return done;
}

/** The names of the fields in which two configurations differ. */
function changed(one: string, other: string): string {
  const [a, b] = [one, other].map((json) => JSON.parse(json) as Record<string, unknown>);
  const names = new Set([...Object.keys(a as object), ...Object.keys(b as object)]);
  return [...names].filter((name) => a?.[name] !== b?.[name]).join(", ") || "stage";
}
