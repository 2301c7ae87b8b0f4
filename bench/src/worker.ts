/**
 * v2l's side of the benchmark: `worker.js TASK FOLDER`. It reads lines from stdin and answers each with
 * one line of JSON: `run` runs the task once, `save` writes its outputs to FOLDER/TASK.v2l.safetensors.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { torchAvailable } from "@v2l/torch";
import { env } from "onnxruntime-node";
import { writeSafetensors } from "v2l";
import type { Setting } from "./setting.js";
import { clipTask, decodeTask, encodeTask, type Task } from "./tasks.js";
import { trainTask } from "./training.js";

type MakeTask = (setting: Setting, folder: string) => Promise<Task>;

const TASKS: Readonly<Record<string, MakeTask>> = {
  encode: encodeTask,
  decode: decodeTask,
  clip: clipTask,
  train: trainTask,
};

const [name, folder] = process.argv.slice(2) as [string, string];
const setting: Setting = JSON.parse(await readFile(join(folder, "setting.json"), "utf8"));
const task = await (TASKS[name] as MakeTask)(setting, folder);
answer({ versions: versions() });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "run") {
    const start = performance.now();
    await task.run();
    answer({ seconds: (performance.now() - start) / 1000 });
  } else {
    await writeSafetensors(join(folder, `${name}.v2l.safetensors`), task.outputs());
    answer({ saved: true });
  }
}

function versions(): Record<string, string> {
  const node = process.versions.node;
  const torch = name === "train" ? torchAvailable() : null;
  if (torch?.available) return { node, libtorch: torch.version };
  return { node, onnxruntime: env.versions.common };
}

function answer(fields: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(fields)}\n`);
}
