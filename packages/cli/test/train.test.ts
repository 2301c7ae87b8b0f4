import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { torchAvailable } from "@v2l/torch";
import { temporaryFolder, v2l } from "./support.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch: ${torch.reason}`;

const RECIPE = {
  threads: 1,
  model: {
    embedDim: 16,
    vision: { imageSize: 32, patchSize: 16, width: 16, layers: 1, heads: 2 },
    text: { width: 16, layers: 1, heads: 2 },
  },
  scenes: 32,
  batch: 4,
  warmupSteps: 1,
};

function logLines(dir: string): number {
  const log = join(dir, "log.jsonl");
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0;
}

test("train clip: SIGINT leaves a checkpoint, --resume goes on to the end", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const dir = join(folder, "run");
  const config = join(folder, "recipe.json");
  await writeFile(config, JSON.stringify({ ...RECIPE, cache: join(folder, "cache") }));
  const bin = fileURLToPath(new URL("../../bin/v2l.js", import.meta.url));
  const steps = 1000; // far more than pass before the signal arrives
  const words = ["train", "clip", "--config", config, "--set", `steps=${steps}`, "--dir", dir];
  const child = spawn(process.execPath, [bin, ...words]);
  let stderr = "";
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const closed = new Promise((resolve) => child.on("close", resolve));
  while (logLines(dir) < 2 && child.exitCode === null) await wait(20);
  child.kill("SIGINT");
  assert.equal(await closed, 130, stderr);
  assert.match(stderr, /^error \[INTERRUPTED\]: Stopped after step \d+ of .*--resume$/m);
  const done = logLines(dir);
  assert.ok(done >= 2 && done < steps, `${done} steps`);
  const resumed = await v2l(["train", "clip", "--dir", dir, "--resume", "--json"]);
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.deepEqual(JSON.parse(resumed.stdout), { dir, steps });
  assert.match(resumed.stderr, new RegExp(`step ${done} of ${steps}`));
  assert.equal(logLines(dir), steps);
});

test("a recipe with an unknown field is refused by name", { skip }, async (t) => {
  const dir = join(temporaryFolder(t), "run");
  const words = ["train", "tokenizer", "--set", "schedule.rate=1", "--dir", dir];
  const { status, stderr } = await v2l(words);
  assert.equal(status, 1);
  assert.match(stderr, /^error \[INVALID_ARGUMENT\]: .*config\.schedule.*rate\n$/);
  assert.equal(existsSync(dir), false);
});

test("train llm and train gguf: a run on text becomes a model file", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const dir = join(folder, "run");
  const file = join(folder, "tiny.gguf");
  const config = join(folder, "recipe.json");
  const model = { dim: 32, layers: 1, heads: 1, kvHeads: 1, hidden: 32, contextSize: 128 };
  const recipe = { model, wordnet: null, batchTokens: 200, steps: 2, warmupSteps: 1 };
  await writeFile(config, JSON.stringify({ ...recipe, evaluateEvery: 0 }));
  const trained = await v2l(["train", "llm", "--config", config, "--dir", dir, "--json"]);
  assert.equal(trained.status, 0, trained.stderr);
  assert.deepEqual(JSON.parse(trained.stdout), { dir, steps: 2 });
  const made = await v2l(["train", "gguf", dir, "--type", "Q8_0", "--out", file, "--json"]);
  assert.equal(made.status, 0, made.stderr);
  assert.deepEqual(JSON.parse(made.stdout), { file, type: "Q8_0", step: 2 });
  assert.equal(readFileSync(file).toString("latin1", 0, 4), "GGUF");
});
