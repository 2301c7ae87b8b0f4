import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { torchAvailable } from "@v2l/torch";
import { trainClip } from "../src/index.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;

/** A CLIP that trains in seconds. */
const TINY = {
  scenes: 24,
  batch: 8,
  steps: 6,
  warmupSteps: 2,
  checkpointEvery: 3,
  model: {
    embedDim: 16,
    vision: { imageSize: 64, patchSize: 32, width: 16, layers: 1, heads: 2 },
    text: { width: 16, layers: 1, heads: 2 },
  },
};

describe("a CLIP run that is interrupted", { skip }, () => {
  let folder: string;
  let whole: string[];
  const options = (name: string) => ({ dir: join(folder, name) });
  const fields = () => ({ ...TINY, cache: join(folder, "cache") });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "v2l-resume-"));
    await trainClip(fields(), options("whole"));
    whole = logged(join(folder, "whole"));
  });
  after(() => rmSync(folder, { recursive: true }));

  test("logs the same losses to the last bit when it is resumed after an abort", async () => {
    const controller = new AbortController();
    const stopAt2 = (event: { type: string; step?: number }) => {
      if (event.type === "step" && event.step === 2) controller.abort();
    };
    const { signal } = controller;
    const done = await trainClip(fields(), { ...options("cut"), signal, onEvent: stopAt2 });
    assert.equal(done, 2);
    assert.equal(await trainClip(fields(), { ...options("cut"), resume: true }), 6);
    assert.deepEqual(logged(join(folder, "cut")), whole);
    const weights = (name: string) => readFileSync(join(folder, name, "clip.safetensors"));
    assert.ok(weights("cut").equals(weights("whole")));
  });

  test("goes back to the last checkpoint when it was killed between two", async () => {
    const killed = (event: { type: string; step?: number }) => {
      if (event.type === "step" && event.step === 5) throw new Error("killed");
    };
    await assert.rejects(trainClip(fields(), { ...options("killed"), onEvent: killed }), /killed/);
    assert.equal(logged(join(folder, "killed")).length, 5);
    await trainClip(fields(), { ...options("killed"), resume: true });
    assert.deepEqual(logged(join(folder, "killed")), whole);
  });

  test("is not resumed with another configuration, and says which fields differ", async () => {
    await assert.rejects(
      trainClip({ ...fields(), lr: 1, texts: { noun: 9 } }, { ...options("whole"), resume: true }),
      { code: "RESUME_MISMATCH", message: /texts\.noun, lr|lr, texts\.noun/ },
    );
  });

  test("is not overwritten by a new run", async () => {
    await assert.rejects(trainClip(fields(), options("whole")), { code: "INVALID_ARGUMENT" });
    assert.ok(existsSync(join(folder, "whole", "checkpoint.safetensors")));
  });
});

/** The lines of the log without their times. */
function logged(dir: string): string[] {
  const lines = readFileSync(join(dir, "log.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const { seconds: _, ...rest } = JSON.parse(line) as { seconds: number };
    return JSON.stringify(rest);
  });
}
