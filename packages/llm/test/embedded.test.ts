import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { fromFloat32, Random, type TensorData, toFloat32 } from "@v2l/nn";
import { rejects, temporaryFolder } from "@v2l/testing";
import { type EmbeddedOptions, type LanguageModel, openEmbedded } from "../src/index.js";
import { llamaForward, logSoftmax } from "./llama-forward.js";
import {
  randomWeights,
  TINY,
  type TinyOptions,
  writeTinyGguf,
  writeTinyGgufTo,
} from "./tiny-llama.js";

const EXACT: EmbeddedOptions = { gpu: false, kvCache: "F32", parallel: 4 };

async function openTiny(
  t: TestContext,
  tiny: TinyOptions = {},
  options: EmbeddedOptions = EXACT,
): Promise<LanguageModel> {
  return openAt(t, await writeTinyGguf(t, tiny), options);
}

async function openAt(t: TestContext, path: string, options = EXACT): Promise<LanguageModel> {
  const model = await openEmbedded(path, options);
  t.after(() => model.close());
  return model;
}

/** An exact model of 320 entries for the tests that need no other. */
let exact: LanguageModel;
const folder = mkdtempSync(join(tmpdir(), "v2l-test-"));
before(async () => {
  const path = join(folder, "exact.gguf");
  await writeTinyGgufTo(path);
  exact = await openEmbedded(path, EXACT);
});
after(async () => {
  await exact.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Random ids, of words rather than of bytes. */
function randomPrompt(length: number, seed: number): number[] {
  const random = new Random(seed);
  return [1, ...Array.from({ length: length - 1 }, () => 259 + random.integer(60))];
}

const count = (size: number) => Array.from({ length: size }, (_, id) => id);

function assertClose(
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
): void {
  assert.equal(actual.length, wanted.length);
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs((actual[i] as number) - (wanted[i] as number));
    assert.ok(difference <= tolerance, `[${i}]: ${actual[i]} and ${wanted[i]}`);
  }
}

// 320 ids are read through the filter, 1200 as all logits; 150 tokens are more than two blocks.
for (const vocabularySize of [320, 1200]) {
  test(`${vocabularySize} log-probabilities are those of a float64 forward pass`, async (t) => {
    const model = vocabularySize === 320 ? exact : await openTiny(t, { vocabularySize });
    const weights = randomWeights(TINY, vocabularySize);
    const prompt = randomPrompt(150, 3);
    const logits = llamaForward(TINY, weights, prompt);
    const lengths = [1, 2, 64, 65, 66, 129, 150];
    const prompts = lengths.map((length) => prompt.slice(0, length));
    const answers = await model.nextLogProbs(prompts, count(vocabularySize));
    for (const [i, length] of lengths.entries()) {
      const wanted = logSoftmax(logits[length - 1] as Float64Array);
      assertClose(answers[i] as Float32Array, wanted, 1e-4);
    }
  });
}

test("scores are those of a float64 forward pass, whatever the continuations share", async () => {
  const prefix = randomPrompt(70, 4);
  const continuations = [[270], [271, 272, 273], [271, 280], [270], randomPrompt(80, 5)];
  const [scores] = await exact.score([{ prefix, continuations }]);
  continuations.forEach((continuation, i) => {
    const tokens = [...prefix, ...continuation];
    const logits = llamaForward(TINY, randomWeights(TINY, 320), tokens);
    const wanted = continuation.map((id, j) => {
      return logSoftmax(logits[prefix.length + j - 1] as Float64Array)[id] as number;
    });
    assertClose(scores?.[i] as Float32Array, wanted, 1e-4);
  });
});

test("Hugging Face tensors give the file that official ones give", async (t) => {
  const official = randomWeights(TINY, 320);
  const names = new Map([
    ["tok_embeddings.weight", "model.embed_tokens.weight"],
    ["norm.weight", "model.norm.weight"],
    ["output.weight", "lm_head.weight"],
  ]);
  const inLayer: readonly [string, string][] = [
    ["attention.wq", "self_attn.q_proj"],
    ["attention.wk", "self_attn.k_proj"],
    ["attention.wv", "self_attn.v_proj"],
    ["attention.wo", "self_attn.o_proj"],
    ["feed_forward.w1", "mlp.gate_proj"],
    ["feed_forward.w2", "mlp.down_proj"],
    ["feed_forward.w3", "mlp.up_proj"],
    ["attention_norm", "input_layernorm"],
    ["ffn_norm", "post_attention_layernorm"],
  ];
  const tensors = new Map<string, TensorData>();
  for (const [name, tensor] of official) {
    const [ours, theirs] = inLayer.find(([each]) => name.includes(`.${each}.`)) ?? ["", ""];
    const renamed = names.get(name) ?? `model.${name.replace(ours, theirs)}`;
    tensors.set(renamed, /w[qk]/.test(name) ? halvesApart(tensor) : tensor);
  }
  const path = await writeTinyGguf(t, { tensors });
  assert.deepEqual(await readFile(path), await readFile(await writeTinyGguf(t)));
});

/** Moves row 2i + s of each head of 16 rows to row i + 8s, where Hugging Face's rotation expects it. */
function halvesApart(tensor: TensorData): TensorData {
  const values = toFloat32(tensor);
  const [rows = 0, columns = 0] = tensor.shape;
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const [head, i, s] = [Math.floor(row / 16), Math.floor((row % 16) / 2), row % 2];
    const source = values.subarray(row * columns, (row + 1) * columns);
    out.set(source, (head * 16 + i + 8 * s) * columns);
  }
  return fromFloat32(out, tensor.shape);
}

for (const type of ["F32", "Q8_0"] as const) {
  test(`a repeated call gives the same bits, whatever was asked before (${type})`, async (t) => {
    const path = await writeTinyGguf(t, { type });
    const options: EmbeddedOptions = { gpu: false, parallel: 4 };
    const shared = randomPrompt(130, 6);
    const prompts = count(10).map((i) => [...shared.slice(0, 130 - 9 * i), ...randomPrompt(20, i)]);
    const items = prompts.map((prefix) => ({
      prefix,
      continuations: [
        [270, 271],
        [272, 273, 274],
      ],
    }));
    const ask = async (model: LanguageModel) => ({
      next: await model.nextLogProbs(prompts, [270, 280, 290]),
      scores: await model.score(items),
      generated: await model.generate(
        prompts.map((prompt) => ({ prompt, allowed: count(9).map(() => null) })),
      ),
    });
    const model = await openAt(t, path, options);
    const first = await ask(model);
    assert.deepEqual(await ask(model), first);
    await model.nextLogProbs([randomPrompt(200, 7), shared.slice(0, 90)], [270]);
    await model.generate([{ prompt: shared.slice(0, 60), allowed: count(30).map(() => null) }]);
    assert.deepEqual(await ask(model), first);
    assert.deepEqual(await ask(await openAt(t, path, options)), first);
  });
}

test("two calls at once are answered as one after the other", async () => {
  const [one, two] = [[randomPrompt(90, 8)], [randomPrompt(91, 9), randomPrompt(30, 10)]];
  const apart = [await exact.nextLogProbs(one, [270]), await exact.nextLogProbs(two, [271])];
  const together = [exact.nextLogProbs(one, [270]), exact.nextLogProbs(two, [271])];
  assert.deepEqual(await Promise.all(together), apart);
});

test("closing ends a running call between two waves, and leaves other models alone", async (t) => {
  const wanted = await exact.nextLogProbs([[1, 270]], [271]);
  const model = await openTiny(t);
  const prompts = count(40).map((seed) => randomPrompt(20, seed));
  let waves = 0;
  const onProgress = () => {
    waves++;
    void model.close();
  };
  await rejects(model.nextLogProbs(prompts, [270], { onProgress }), "DISPOSED");
  assert.equal(waves, 1);
  await model.close();
  assert.deepEqual(await exact.nextLogProbs([[1, 270]], [271]), wanted);
});

test("the context is the model's unless another is chosen", async (t) => {
  assert.equal(exact.info.contextSize, TINY.contextSize);
  const small = await openTiny(t, {}, { ...EXACT, contextSize: 40 });
  assert.equal(small.info.contextSize, 40);
  const allowed = count(10).map(() => null);
  const [fits] = await small.generate([{ prompt: randomPrompt(30, 1), allowed }]);
  assert.equal(fits?.tokens.length, 10);
  const tooLong = small.generate([{ prompt: randomPrompt(31, 1), allowed }]);
  await rejects(tooLong, "CONTEXT_OVERFLOW", "40");
});

test("memory does not grow over many calls", async () => {
  const call = async (seed: number) => {
    const prompts = count(4).map((i) => randomPrompt(70, seed * 4 + i));
    await exact.nextLogProbs(prompts, count(320));
    await exact.generate(prompts.map((prompt) => ({ prompt, allowed: [null, null] })));
  };
  for (let seed = 0; seed < 20; seed++) await call(seed);
  const start = process.memoryUsage.rss();
  for (let seed = 20; seed < 60; seed++) await call(seed);
  const grown = (process.memoryUsage.rss() - start) / 2 ** 20;
  // One leaked batch of logits a call (280 tokens x 320 x 4 bytes) would be 14 MiB.
  assert.ok(grown < 10, `${grown.toFixed(1)} MiB more after 40 calls`);
});

test("files that are no model are refused", async (t) => {
  const path = await writeTinyGguf(t);
  const whole = await readFile(path);
  const refuses = (...parts: string[]) =>
    rejects(openEmbedded(path, EXACT), "MODEL_UNREADABLE", ...parts);
  await truncate(path, whole.length - 1000);
  await refuses("cut short", path);
  await writeFile(path, "not a model at all");
  await refuses("a GGUF file");
  const foreign = Buffer.from(whole);
  foreign.write("llamx", foreign.indexOf("llama")); // an architecture that does not exist
  await writeFile(path, foreign);
  await refuses("llamx");
  const doubled = Buffer.from(whole);
  doubled.write("▁cat", doubled.indexOf("▁dog"));
  await writeFile(path, doubled);
  await refuses("pieces that differ", "▁cat");
  await rejects(openEmbedded(join(path, "missing.gguf"), EXACT), "FILE_NOT_FOUND");
});

test("options out of range are refused", async (t) => {
  const path = await writeTinyGguf(t);
  await rejects(openEmbedded(path, { threads: 0 }), "INVALID_ARGUMENT", "threads");
  await rejects(openEmbedded(path, { parallel: 1.5 }), "INVALID_ARGUMENT", "parallel");
  await rejects(openEmbedded(path, { contextSize: -1 }), "INVALID_ARGUMENT", "contextSize");
});

test("importing the package does not load node-llama-cpp, and a model prints nothing", async (t) => {
  const path = await writeTinyGguf(t);
  const entry = new URL("../src/index.js", import.meta.url).href;
  const hook = `data:text/javascript,${encodeURIComponent(
    `export const resolve = (name, context, next) => {
       if (name === "node-llama-cpp") throw new Error("node-llama-cpp was loaded");
       return next(name, context);
     };`,
  )}`;
  const script = join(temporaryFolder(t), "script.mjs");
  const run = async (text: string) => {
    await writeFile(script, text);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script]);
    return stdout + stderr;
  };
  const register = `import { register } from "node:module"; register(${JSON.stringify(hook)});`;
  const load = `const { openEmbedded } = await import(${JSON.stringify(entry)});`;
  assert.equal(await run(register + load), "");
  const use = `const model = await openEmbedded(${JSON.stringify(path)}, { gpu: false });
    await model.generate([{ prompt: [1, 270], allowed: [null, null] }]);
    await model.close();
    await openEmbedded("/nothing.gguf").catch(() => {});`;
  assert.equal(await run(load + use), "");
});
