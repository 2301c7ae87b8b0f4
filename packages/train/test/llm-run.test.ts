import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openEmbedded } from "@v2l/llm";
import { llamaNetwork, type TensorData, toFloat32 } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import { noGrad, scope, TorchOps, tensor, torchAvailable } from "@v2l/torch";
import { exportGguf, llmConfig, trainLlm } from "../src/index.js";
import { llmRecord } from "../src/llm/record.js";
import { readLlmCheckpoint } from "../src/llm/start.js";
import { readCheckpoint, withoutPrefix } from "../src/run/checkpoint.js";
import { Parameters } from "../src/run/parameters.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;

/** A language model that trains in seconds. */
const TINY = {
  model: { dim: 32, layers: 2, heads: 2, kvHeads: 1, hidden: 64, contextSize: 256 },
  wordnet: fileURLToPath(new URL("../../test/fixtures/wordnet", import.meta.url)),
  batchTokens: 600,
  chunkTokens: 300,
  steps: 6,
  warmupSteps: 2,
  lr: 5e-3,
  checkpointEvery: 3,
  evaluateEvery: 3,
  evaluation: { documents: 1, episodes: 2 },
};

/** The lines of the log without their times. */
function logged(dir: string): Record<string, number>[] {
  const lines = readFileSync(join(dir, "log.jsonl"), "utf8").trim().split("\n");
  return lines.map((line) => {
    const { seconds: _, ...rest } = JSON.parse(line) as Record<string, number>;
    return rest;
  });
}

test("a run goes on after an abort to the same bits, and reports what it measured", {
  skip,
}, async (t) => {
  const folder = temporaryFolder(t);
  const dir = (name: string) => join(folder, name);
  assert.equal(await trainLlm(TINY, { dir: dir("whole") }), 6);
  const controller = new AbortController();
  const onEvent = (event: { type: string; step?: number }) => {
    if (event.type === "step" && event.step === 2) controller.abort();
  };
  const { signal } = controller;
  assert.equal(await trainLlm(TINY, { dir: dir("cut"), signal, onEvent }), 2);
  assert.equal(await trainLlm(TINY, { dir: dir("cut"), resume: true }), 6);
  const whole = logged(dir("whole"));
  assert.deepEqual(logged(dir("cut")), whole);
  const bytes = (name: string) => readFileSync(join(dir(name), "checkpoint.safetensors"));
  assert.ok(bytes("cut").equals(bytes("whole")));
  assert.deepEqual(
    whole.map((line) => "perplexity" in line),
    [false, false, true, false, false, true],
  );
  const measured = whole[5] as Record<string, number>;
  // Five examples of five classes do not fit into this context.
  assert.equal(measured["accuracy.5way5shot"], null);
  for (const name of ["2way1shot", "2way5shot", "5way1shot"]) {
    const accuracy = measured[`accuracy.${name}`] as number;
    assert.ok(accuracy >= 0 && accuracy <= 1);
  }
  // A model that knows nothing has ln 4096 = 8.32.
  assert.ok((measured.loss as number) < 8.1, `${measured.loss}`);
});

test("a run may start from another run's weights", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const weights = async (name: string) =>
    (await readLlmCheckpoint(join(folder, name, "checkpoint.safetensors"))).weights;
  await trainLlm({ ...TINY, steps: 2 }, { dir: join(folder, "first") });
  const init = join(folder, "first", "checkpoint.safetensors");
  // The first update of Adam moves a weight by the learning rate, and by its share of the decay.
  const fields = { ...TINY, init, steps: 1, warmupSteps: 0, lr: 1e-6, minLr: 1e-6 };
  await trainLlm(fields, { dir: join(folder, "second") });
  const [first, second] = [await weights("first"), await weights("second")];
  for (const [name, tensor] of first) {
    const [before, after] = [toFloat32(tensor), toFloat32(second.get(name) as TensorData)];
    const moved = before.reduce((most, value, i) => {
      return Math.max(most, Math.abs(value - (after[i] as number)));
    }, 0);
    assert.ok(moved > 0 && moved < 1.2e-6, `${name} moved by ${moved}`);
  }
  const gguf = join(folder, "first.gguf");
  await exportGguf(gguf, join(folder, "first"), { name: "first", type: "F32" });
  await trainLlm({ ...fields, init: gguf }, { dir: join(folder, "from-gguf") });
  assert.deepEqual(await weights("from-gguf"), second);
  // What a model card tells: a run, and those whose weights it began with.
  const { steps, before } = await llmRecord(join(folder, "second"));
  assert.equal(steps, 1);
  assert.equal(before?.steps, logged(join(folder, "first")).length);
  assert.equal(before?.before, null);
  assert.equal((await llmRecord(join(folder, "from-gguf"))).before, null);

  const missing = trainLlm({ ...TINY, init: join(folder, "none") }, { dir: join(folder, "third") });
  await assert.rejects(missing, { code: "FILE_NOT_FOUND" });
});

test("how texts are divided among passes changes no result but rounding", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const fields = { ...TINY, steps: 2, warmupSteps: 1, evaluateEvery: 0 };
  for (const chunkTokens of [150, 2000]) {
    await trainLlm({ ...fields, chunkTokens }, { dir: join(folder, `${chunkTokens}`) });
  }
  const [small, large] = [150, 2000].map((size) => logged(join(folder, `${size}`)));
  for (const step of [0, 1]) {
    const [a, b] = [small?.[step], large?.[step]] as Record<string, number>[];
    assert.ok(Math.abs((a?.loss as number) - (b?.loss as number)) < 1e-4);
    assert.ok(Math.abs((a?.norm as number) - (b?.norm as number)) < 1e-3);
    assert.equal(a?.targets, b?.targets);
  }
});

test("in bfloat16 the losses stay close to those in float32", { skip }, async (t) => {
  const folder = temporaryFolder(t);
  // Adam's first updates follow the signs of gradients; a low rate keeps what they do apart small.
  const fields = { ...TINY, steps: 3, lr: 1e-3, evaluateEvery: 3 };
  for (const precision of ["float32", "bfloat16"] as const) {
    await trainLlm({ ...fields, precision }, { dir: join(folder, precision) });
  }
  const [wide, half] = ["float32", "bfloat16"].map((name) => logged(join(folder, name)));
  wide?.forEach((line, i) => {
    const difference = Math.abs((line.loss as number) - (half?.[i]?.loss as number));
    // bfloat16 has 8 significant bits: logits of a fresh model, about 0.3, are off by some 1e-3.
    assert.ok(difference < 0.02, `step ${i + 1}: ${difference}`);
    assert.notEqual(line.loss, half?.[i]?.loss);
  });
});

/** Log-probabilities of the next token after `ids`, by our own network. */
async function ownLogProbs(run: string, ids: readonly number[]): Promise<Float32Array> {
  const checkpoint = await readCheckpoint(join(run, "checkpoint.safetensors"), "llm");
  const weights = withoutPrefix(checkpoint?.state ?? new Map(), "model.");
  const network = llamaNetwork(llmConfig(TINY).model, 4096);
  const parameters = new Parameters(new TorchOps(), network.params, weights, false);
  const last = noGrad(() =>
    scope(() => {
      const input = tensor(BigInt64Array.from(ids, BigInt), [1, ids.length]);
      const run = parameters.run(false);
      const logits = network.logits(run, network.hidden(run, input)).toFloat32Array();
      return logits.slice(-4096);
    }),
  );
  parameters.dispose();
  const total = Math.log(last.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return last.map((logit) => logit - total);
}

async function exported(t: TestContext) {
  const run = join(temporaryFolder(t), "run");
  await trainLlm({ ...TINY, steps: 3 }, { dir: run });
  return { run, file: join(run, "model.gguf") };
}

test("llama.cpp computes from the exported file what our network computes", {
  skip,
}, async (t) => {
  const { run, file } = await exported(t);
  assert.equal(await exportGguf(file, run, { name: "tiny", type: "F32" }), 3);
  const model = await openEmbedded(file, { gpu: false, kvCache: "F32" });
  t.after(() => model.close());
  assert.equal(model.info.contextSize, 256);
  const ids = [1, ...(await model.tokenize("Input: dog animal pet Output:"))];
  const own = await ownLogProbs(run, ids);
  const all = Array.from({ length: 4096 }, (_, id) => id);
  const [received] = await model.nextLogProbs([ids], all);
  const worst = own.reduce((most, value, id) => {
    return Math.max(most, Math.abs(value - (received?.[id] as number)));
  }, 0);
  assert.ok(worst < 1e-4, `${worst}`);
});

test("half precision and eight bits load, and differ as little as they should", {
  skip,
}, async (t) => {
  const { run, file } = await exported(t);
  const ids = [1, 300, 400, 500];
  const own = await ownLogProbs(run, ids);
  for (const [type, tolerance] of [
    ["F16", 0.02],
    ["Q8_0", 0.3],
  ] as const) {
    await exportGguf(file, run, { name: "tiny", type });
    const model = await openEmbedded(file, { gpu: false });
    const [received] = await model.nextLogProbs([ids], [300, 1000, 2000, 4000]);
    await model.close();
    [300, 1000, 2000, 4000].forEach((id, i) => {
      const difference = Math.abs((own[id] as number) - (received?.[i] as number));
      assert.ok(difference < tolerance, `${type}: ${difference}`);
    });
  }
});

test("a folder without a run is refused", async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(exportGguf(join(folder, "m.gguf"), folder, { name: "x", type: "F16" }), {
    code: "FILE_NOT_FOUND",
  });
});
