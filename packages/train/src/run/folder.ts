import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expected, V2LError } from "@v2l/nn";
import { changedFields, type Json } from "./config.js";
import type { LogRecord } from "./events.js";

interface SavedConfig {
  readonly recipe: string;
  readonly config: Json;
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * The configuration of the run in a folder.
 * @throws V2LError FILE_NOT_FOUND
 */
export function savedConfig<T>(dir: string): T {
  return readSaved(dir).config as T;
}

function readSaved(dir: string): SavedConfig {
  const path = join(dir, "config.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as SavedConfig;
  throw new V2LError(
    "FILE_NOT_FOUND",
    expected("the folder of a training run", "dir", dir, "Start the run without resume"),
  );
}

/** The folder of one run: its full configuration, its log, its checkpoint and its pictures. */
export class RunFolder {
  /** Name of the file that a run continues from. */
  static readonly CHECKPOINT = "checkpoint.safetensors";
  /** Name of the file with a line of figures for each step. */
  static readonly LOG = "log.jsonl";
  readonly checkpoint: string;
  private readonly log: string;

  private constructor(readonly dir: string) {
    this.checkpoint = join(dir, RunFolder.CHECKPOINT);
    this.log = join(dir, RunFolder.LOG);
  }

  /**
   * Starts a run: the folder must be missing or empty.
   * @throws V2LError INVALID_ARGUMENT where it is not.
   */
  static create(
    dir: string,
    recipe: string,
    config: Json,
    versions: Readonly<Record<string, string>>,
  ): RunFolder {
    if (existsSync(dir) && readdirSync(dir).length > 0) {
      throw new V2LError(
        "INVALID_ARGUMENT",
        expected(
          "a missing or empty folder",
          "dir",
          dir,
          "Resume the run there, or choose another folder",
        ),
      );
    }
    mkdirSync(dir, { recursive: true });
    const saved: SavedConfig = { recipe, config, versions };
    writeFileSync(join(dir, "config.json"), `${JSON.stringify(saved, null, 2)}\n`);
    return new RunFolder(dir);
  }

  /**
   * Opens the run in `dir` to continue it.
   * @throws V2LError FILE_NOT_FOUND where there is none, RESUME_MISMATCH where its configuration
   * differs (the message names the fields).
   */
  static open(dir: string, recipe: string, config: Json): RunFolder {
    const saved = readSaved(dir);
    if (saved.recipe !== recipe) {
      throw new V2LError(
        "RESUME_MISMATCH",
        expected(`a run of recipe ${recipe}`, "dir", saved.recipe),
      );
    }
    const changed = changedFields(saved.config, config);
    if (changed.length > 0) {
      throw new V2LError(
        "RESUME_MISMATCH",
        expected(
          `the configuration of the run in ${dir}`,
          "config",
          `other values of ${changed.join(", ")}`,
          "Resume with the saved configuration, or start a new run",
        ),
      );
    }
    return new RunFolder(dir);
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  /** Appends one line; `step` counts finished steps. */
  append(step: number, record: LogRecord): void {
    appendFileSync(this.log, `${JSON.stringify({ step, ...record })}\n`);
  }

  /** Drops the lines after `step`: what a killed run logged after its last checkpoint. */
  truncateLog(step: number): void {
    if (!existsSync(this.log)) return;
    const lines = readFileSync(this.log, "utf8").split("\n");
    let bytes = 0;
    for (const line of lines) {
      if (line === "" || !isComplete(line) || (JSON.parse(line) as { step: number }).step > step)
        break;
      bytes += Buffer.byteLength(line) + 1;
    }
    truncateSync(this.log, bytes);
  }
}

/** A killed process may leave half a line. */
function isComplete(line: string): boolean {
  return line.startsWith("{") && line.endsWith("}");
}
