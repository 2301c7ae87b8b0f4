import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type LanguageModel, openEmbedded, writeLlamaGguf } from "@v2l/llm";
import { conformance, readJson, readNpy, skipWithout, temporaryFolder } from "@v2l/testing";
import { readCheckpoint } from "v2l";
import { llamaVocabulary, readSentencePieceModel } from "../src/index.js";

// The official LLaMA's own outputs (conformance/README.md, section 5), on a small random model in the
// official layout, against the same weights written as GGUF and run by llama.cpp.

interface Generations {
  readonly generations: readonly {
    readonly prompt?: number[];
    readonly fewshot?: string;
    readonly prompt_length_used?: number;
    readonly kind: string;
    readonly tokens: number[];
  }[];
  readonly hidden_dim: number;
  readonly max_seq_len: number;
}

interface Prompts {
  readonly tokenizer: {
    readonly encode: readonly { text: string; ids: number[]; decoded: string }[];
    readonly decode: readonly { ids: number[]; decoded: string }[];
  };
  readonly fewshot: readonly {
    readonly tag: string;
    readonly prompt_ids: number[];
    readonly out_mask_nonzero: number[][];
  }[];
}

const skip = skipWithout(
  "llama/consolidated.00.pth",
  "llama/llama.json",
  "llama/llama_logits.npy",
  "tokenizer.model",
  "prompts.json",
);

async function official(t: TestContext): Promise<LanguageModel> {
  const path = join(temporaryFolder(t), "official.gguf");
  const params =
    readJson<Record<"dim" | "n_layers" | "n_heads" | "norm_eps", number>>("llama/params.json");
  const { hidden_dim: hidden, max_seq_len: contextSize } =
    readJson<Generations>("llama/llama.json");
  const checkpoint = await readCheckpoint(conformance("llama/consolidated.00.pth") as string);
  const vocabulary = llamaVocabulary(
    readSentencePieceModel(readFileSync(conformance("tokenizer.model") as string)),
  );
  const file = await open(path, "wx");
  await writeLlamaGguf(file, {
    name: "official",
    config: {
      dim: params.dim,
      layers: params.n_layers,
      heads: params.n_heads,
      normEps: params.norm_eps,
      hidden,
      contextSize,
    },
    vocabulary,
    tensors: checkpoint.weights,
    type: "F32",
  });
  await file.close();
  const model = await openEmbedded(path, { gpu: false, kvCache: "F32" });
  t.after(() => model.close());
  return model;
}

test("log-probabilities are those of the official logits at every position", {
  skip,
}, async (t) => {
  const model = await official(t);
  const tokens = readNpy("llama/llama_tokens.npy");
  const logits = readNpy("llama/llama_logits.npy");
  const [rows = 0, length = 0, size = 0] = logits.shape;
  const all = Array.from({ length: size }, (_, id) => id);
  const prompts = Array.from({ length: rows * length }, (_, i) => {
    const start = Math.floor(i / length) * length;
    return [...tokens.data.slice(start, i + 1)];
  });
  const answers = await model.nextLogProbs(prompts, all);
  answers.forEach((logProbs, i) => {
    const row = logits.data.subarray(i * size, (i + 1) * size) as Float32Array;
    const normaliser = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    const worst = row.reduce((most, logit, id) => {
      return Math.max(most, Math.abs(logit - normaliser - (logProbs[id] as number)));
    }, 0);
    assert.ok(worst < 1e-4, `position ${i}: ${worst}`);
  });
});

test("greedy generation is the official one, free and within the masks", { skip }, async (t) => {
  const model = await official(t);
  const { fewshot } = readJson<Prompts>("prompts.json");
  const { generations } = readJson<Generations>("llama/llama.json");
  const items = generations.map((generation) => {
    const sample = fewshot.find(({ tag }) => tag === generation.fewshot);
    const prompt = generation.prompt ?? sample?.prompt_ids.slice(0, generation.prompt_length_used);
    const masked = generation.kind.includes("induction 1");
    const allowed = generation.tokens.map((_, i) => (masked ? sample?.out_mask_nonzero[i] : null));
    // The official code returns id 0 where nothing is allowed: not a choice of the model.
    const steps = allowed.filter((ids) => ids === null || (ids !== undefined && ids.length > 0));
    return { prompt: prompt as number[], allowed: steps as (number[] | null)[] };
  });
  const answers = await model.generate(items);
  answers.forEach(({ tokens }, i) => {
    assert.deepEqual(tokens, generations[i]?.tokens.slice(0, items[i]?.allowed.length), `${i}`);
  });
  assert.equal(answers.length, 7);
});

test("text becomes the ids that SentencePiece gives, and ids its text", { skip }, async (t) => {
  const model = await official(t);
  const { encode, decode } = readJson<Prompts>("prompts.json").tokenizer;
  for (const { text, ids, decoded } of encode) {
    assert.deepEqual(await model.tokenize(text), ids, JSON.stringify(text));
    assert.equal(await model.detokenize(ids), decoded, JSON.stringify(text));
  }
  for (const { ids, decoded } of decode) {
    // SentencePiece spells the unknown entry ` ⁇ `; llama.cpp gives it no text.
    const wanted = ids.includes(0) ? decoded.replace(" ⁇ ", "") : decoded;
    assert.equal(await model.detokenize(ids), wanted, JSON.stringify(ids));
  }
});
