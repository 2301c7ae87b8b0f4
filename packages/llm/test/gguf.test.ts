import assert from "node:assert/strict";
import { open, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fromFloat32, type TensorData, toFloat32 } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import { readGgufFileInfo } from "node-llama-cpp";
import {
  ggufVocabulary,
  openEmbedded,
  readGgufHeader,
  readLlamaWeights,
  writeRandomWeights,
} from "../src/index.js";
import { randomWeights, TINY, tinyVocabulary, writeTinyGguf } from "./tiny-llama.js";

test("an independent reader (node-llama-cpp's) finds in a file what was written", async (t) => {
  const path = await writeTinyGguf(t);
  const info = await readGgufFileInfo(path, { logWarnings: false });
  const { pieces, kinds, scores } = tinyVocabulary();
  assert.equal(info.version, 3);
  assert.equal(info.metadata.general.architecture, "llama");
  const llama = info.architectureMetadata;
  assert.deepEqual(
    [llama.embedding_length, llama.block_count, llama.feed_forward_length, llama.context_length],
    [64, 2, 96, 256],
  );
  assert.deepEqual([llama.attention?.head_count, llama.attention?.head_count_kv], [4, 2]);
  const { ggml } = info.metadata.tokenizer;
  assert.deepEqual(ggml.tokens, pieces);
  assert.deepEqual(ggml.scores, scores);
  assert.deepEqual(ggml.token_type, [...kinds]);
  const bytes = await readFile(path);
  const weights = randomWeights(TINY, 320);
  const expectBytes = (gguf: string, official: string) => {
    const tensor = info.fullTensorInfo?.find(({ name }) => name === gguf);
    const stored = weights.get(official) as TensorData;
    const start = Number(tensor?.fileOffset);
    assert.deepEqual(tensor?.dimensions, [...stored.shape].reverse());
    assert.deepEqual(
      new Uint8Array(bytes.subarray(start, start + stored.bytes.length)),
      new Uint8Array(stored.bytes),
    );
  };
  expectBytes("token_embd.weight", "tok_embeddings.weight");
  expectBytes("blk.1.attn_k.weight", "layers.1.attention.wk.weight");
  expectBytes("blk.1.ffn_down.weight", "layers.1.feed_forward.w2.weight");
  expectBytes("output.weight", "output.weight");
});

test("weights are read back under the names and with the values they were written with", async (t) => {
  const weights = randomWeights(TINY, 320);
  const stored = await readLlamaWeights(await writeTinyGguf(t));
  assert.deepEqual([...stored.keys()].sort(), [...weights.keys()].sort());
  for (const [name, { shape, bytes }] of weights) {
    assert.deepEqual(stored.get(name)?.shape, shape);
    assert.deepEqual(new Uint8Array(stored.get(name)?.bytes ?? []), new Uint8Array(bytes));
  }
  const half = await readLlamaWeights(await writeTinyGguf(t, { type: "F16" }));
  assert.equal(half.get("layers.1.attention.wk.weight")?.dtype, "float16");
  const quantized = await writeTinyGguf(t, { type: "Q8_0" });
  await assert.rejects(readLlamaWeights(quantized), { code: "UNSUPPORTED", message: /in Q8_0/ });
});

test("the header reader finds what was written", async (t) => {
  const path = await writeTinyGguf(t, { type: "F16" });
  const header = await readGgufHeader(path);
  const independent = await readGgufFileInfo(path, { logWarnings: false });
  assert.equal(header.metadata.get("general.name"), "tiny");
  assert.ok(Math.abs((header.metadata.get("llama.rope.freq_base") as number) - 10000) < 1e-3);
  assert.equal(header.metadata.get("tokenizer.ggml.add_space_prefix"), true);
  const { pieces, kinds } = tinyVocabulary();
  assert.deepEqual(ggufVocabulary(header, path), {
    pieces,
    kinds,
    bos: 1,
    eos: 2,
    chatTemplate: null,
  });
  const told = new Map(header.metadata).set("tokenizer.chat_template", "{{ messages }}");
  assert.equal(ggufVocabulary({ ...header, metadata: told }, path).chatTemplate, "{{ messages }}");
  assert.deepEqual(
    header.tensors.map(({ name, shape, offset }) => [name, shape, offset]),
    independent.fullTensorInfo?.map(({ name, dimensions, fileOffset }) => {
      return [name, [...dimensions].reverse(), fileOffset];
    }),
  );
  const types = new Map(header.tensors.map(({ name, type }) => [name, type]));
  assert.equal(types.get("output_norm.weight"), "F32");
  assert.equal(types.get("output.weight"), "F16");
});

test("Q8_0 blocks hold a half-precision scale and 32 rounded bytes", async (t) => {
  const weights = randomWeights(TINY, 320);
  const values = toFloat32(weights.get("tok_embeddings.weight") as TensorData);
  values.set([-254, 254 / 127, 3, -3, ...new Array(28).fill(0)]); // scale 254 / 127 = 2
  values.fill(0, 32, 64); // a block without scale
  const path = await writeTinyGguf(t, { type: "Q8_0", tensors: weights });
  const table = (await readGgufHeader(path)).tensors[0];
  const bytes = await readFile(path);
  const start = table?.offset as number;
  assert.deepEqual([table?.name, table?.byteLength], ["token_embd.weight", (320 * 64 * 34) / 32]);
  assert.equal(bytes.readUInt16LE(start), 0x4000); // 2 in half precision
  const integers = Array.from({ length: 32 }, (_, i) => bytes.readInt8(start + 2 + i));
  // 3 / 2 = 1.5 rounds away from zero, as in ggml
  assert.deepEqual(integers, [-127, 1, 2, -2, ...new Array(28).fill(0)]);
  assert.ok(bytes.subarray(start + 34, start + 68).every((byte) => byte === 0));
});

test("tensors that do not fit the configuration are refused", async (t) => {
  const refused = async (change: (weights: Map<string, TensorData>) => void, message: RegExp) => {
    const tensors = randomWeights(TINY, 320);
    change(tensors);
    const expected = { name: "V2LError", code: "INVALID_ARGUMENT", message };
    await assert.rejects(writeTinyGguf(t, { tensors }), expected);
  };
  const table = fromFloat32(new Float32Array(64), [1, 64]);
  await refused((w) => w.delete("norm.weight"), /output_norm\.weight/);
  await refused((w) => w.set("output.weight", table), /shape \[320,64\].*\[1,64\]/);
  await refused((w) => w.set("layers.2.attention.wq.weight", table), /layers\.2/);
  await refused((w) => w.set("lm_head.weight", table), /once.*lm_head/);
  await refused((w) => w.set("classifier.bias", table), /classifier\.bias/);
  await assert.rejects(writeTinyGguf(t, { type: "Q8_0", config: { ...TINY, hidden: 100 } }), {
    code: "INVALID_ARGUMENT",
    message: /multiples of 32/,
  });
});

test("a file cut anywhere, or of another kind, is unreadable", async (t) => {
  const path = await writeTinyGguf(t);
  const whole = await readFile(path);
  const header = await readGgufHeader(path);
  const dataStart = header.tensors[0]?.offset as number;
  const unreadable = { name: "V2LError", code: "MODEL_UNREADABLE" };
  for (const length of [0, 3, 4, 20, 100, 5000, dataStart - 40, dataStart, whole.length - 33]) {
    await writeFile(path, whole);
    await truncate(path, length);
    await assert.rejects(readGgufHeader(path), unreadable, `cut at ${length}`);
  }
  const other = join(temporaryFolder(t), "other.gguf");
  await writeFile(other, "PK\u0003\u0004 a zip file, say");
  await assert.rejects(readGgufHeader(other), { ...unreadable, message: /a GGUF file/ });
  await assert.rejects(readGgufHeader(temporaryFolder(t)), unreadable);
  await assert.rejects(readGgufHeader(join(path, "nothing")), { code: "FILE_NOT_FOUND" });
});

test("counts and lengths beyond the file are refused before anything is allocated", async (t) => {
  const path = await writeTinyGguf(t);
  const whole = await readFile(path);
  const tokens = whole.indexOf("tokenizer.ggml.tokens") + "tokenizer.ggml.tokens".length;
  // tensor count, metadata count, first key's length, number of pieces
  for (const position of [8, 16, 24, tokens + 8]) {
    const damaged = Buffer.from(whole);
    damaged.writeBigUInt64LE(2n ** 60n, position);
    await writeFile(path, damaged);
    await assert.rejects(readGgufHeader(path), { code: "MODEL_UNREADABLE", message: /count/ });
  }
});

/** The path of a copy with random weights. */
async function randomCopy(path: string, seed: number): Promise<string> {
  const copy = `${path}.${seed}`;
  const file = await open(copy, "w");
  await writeRandomWeights(file, path, seed).finally(() => file.close());
  return copy;
}

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

test("a copy with random weights has the same header, and untrained weights", async (t) => {
  const path = await writeTinyGguf(t);
  const copy = await randomCopy(path, 1);
  const header = await readGgufHeader(copy);
  assert.deepEqual(header, await readGgufHeader(path));
  const bytes = await readFile(copy);
  assert.equal(bytes.length, (await readFile(path)).length);
  const values = (name: string) => {
    const tensor = header.tensors.find((one) => one.name === name);
    const { offset = 0, byteLength } = tensor ?? {};
    return new Float32Array(bytes.buffer.slice(offset, offset + (byteLength as number)));
  };
  assert.ok(values("blk.1.ffn_norm.weight").every((value) => value === 1));
  // GPT-2's rule for 2 layers of 64 inputs, 96 inside; 4096 values or more determine a deviation to 5%.
  for (const [name, expected] of [
    ["token_embd", 0.02],
    ["blk.0.attn_q", 1 / 8],
    ["blk.1.attn_output", 1 / 16],
    ["blk.1.ffn_down", 1 / Math.sqrt(96 * 4)],
    ["output", 0.02],
  ] as const) {
    const found = deviation(values(`${name}.weight`));
    assert.ok(Math.abs(found / expected - 1) < 0.06, `${name}: ${found} and ${expected}`);
  }
  assert.deepEqual(await readFile(await randomCopy(path, 1)), bytes);
  assert.notDeepEqual(await readFile(await randomCopy(path, 2)), bytes);
});

test("a copy with random weights is a model in every type that is written", async (t) => {
  for (const type of ["F16", "Q8_0"] as const) {
    const path = await writeTinyGguf(t, { type });
    const llm = await openEmbedded(await randomCopy(path, 3), { threads: 1, gpu: false });
    const [next] = await llm.nextLogProbs([[1, 5, 9]], [3, 4]);
    // Nothing is learned: every piece has about the probability 1 / 320.
    for (const value of next ?? []) assert.ok(Math.abs(value + Math.log(320)) < 1, `${value}`);
    await llm.close();
  }
});

test("a copy of a type that is not written is refused", async (t) => {
  const path = await writeTinyGguf(t);
  const bytes = await readFile(path);
  // The type's number stands before the tensor's offset, behind name, dimensions and two sizes.
  const name = Buffer.from("blk.0.attn_q.weight");
  bytes.writeUInt32LE(30, bytes.indexOf(name) + name.length + 4 + 16); // BF16
  await writeFile(path, bytes);
  await assert.rejects(randomCopy(path, 1), (error: { code?: string }) => {
    return error.code === "UNSUPPORTED" && /blk\.0\.attn_q.*BF16/.test(String(error));
  });
});
