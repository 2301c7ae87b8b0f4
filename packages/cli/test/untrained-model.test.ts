import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openEmbedded } from "@v2l/llm";
import { withUntrained } from "../src/inputs/untrained-model.js";
import { Output } from "../src/output/output.js";
import { temporaryFolder } from "./support.js";
import { tinyLlama } from "./tiny-llama.js";

function modelCall() {
  const notes: string[] = [];
  const sink = { write: (text: unknown) => notes.push(String(text)) > 0 };
  const output = new Output(sink, sink, { json: false, quiet: false });
  const call = { options: { threads: 1 }, output, signal: new AbortController().signal };
  return { call, notes };
}

test("the control has the model's vocabulary and other weights, and leaves no file", async (t) => {
  const path = await tinyLlama(join(temporaryFolder(t), "tiny.gguf"));
  const before = await readFile(path);
  const trained = await openEmbedded(path, { threads: 1 });
  const { call, notes } = modelCall();
  const [ours, theirs] = await withUntrained(path, 1, call, async (untrained) => {
    assert.ok(untrained);
    assert.equal(untrained.info.vocabularyHash, trained.info.vocabularyHash);
    return Promise.all(
      [trained, untrained].map((one) => one.nextLogProbs([[1, 70]], [71, 72, 73])),
    );
  });
  await trained.close();
  assert.notDeepEqual(ours, theirs);
  assert.deepEqual(notes, []);
  assert.deepEqual(await readFile(path), before);
});

test("where there can be no control, it says why and the rest goes on", async (t) => {
  const { call, notes } = modelCall();
  const result = await withUntrained("http://localhost:1", 1, call, async (untrained) => untrained);
  assert.equal(result, null);
  assert.match(notes.join(""), /^No control with random weights: .* not a file/);
  const broken = join(temporaryFolder(t), "broken.gguf");
  await writeFile(broken, "GGUF");
  const failed = withUntrained(broken, 1, call, async () => null);
  await assert.rejects(failed, { code: "MODEL_UNREADABLE" });
  assert.ok(existsSync(broken));
});
