import assert from "node:assert/strict";
import { test } from "node:test";
import { isBookkeeping, llamaNetwork } from "@v2l/nn";
import { buildGraph, OnnxSession, type Value } from "@v2l/onnx";
import { conformance, maxAbsDifference, readNpy, skipWithout } from "@v2l/testing";
import { readCheckpoint } from "../src/index.js";

const FILES = ["llama/consolidated.00.pth", "llama/llama_tokens.npy", "llama/llama_logits.npy"];

// Sizes and tolerance: conformance/README.md, section 5, and llama/params.json.
test("an official LLaMA gives the official logits on ONNX Runtime", {
  skip: skipWithout(...FILES),
}, async () => {
  const sizes = { dim: 64, layers: 2, heads: 4, hidden: 192, normEps: 1e-5, contextSize: 512 };
  const network = llamaNetwork(sizes, 1000);
  const { weights } = await readCheckpoint(conformance(FILES[0]) as string);
  const used = new Map([...weights].filter(([name]) => !isBookkeeping(name)));
  assert.deepEqual([...used.keys()].sort(), network.params.map(({ name }) => name).sort());
  const tokens = readNpy("llama/llama_tokens.npy");
  const graph = buildGraph(
    {
      name: "llama",
      inputs: [{ name: "ids", dtype: "int64", shape: [-1, tokens.shape[1] as number] }],
      build: (run, { ids }) => ({
        logits: network.logits(run, network.hidden(run, ids as Value)),
      }),
    },
    used,
  );
  using session = await OnnxSession.create(graph, { threads: 1 });
  const ids = { data: BigInt64Array.from(tokens.data, BigInt), shape: tokens.shape };
  const { logits } = await session.run({ ids });
  const official = readNpy("llama/llama_logits.npy");
  assert.deepEqual(logits?.shape, official.shape);
  const difference = maxAbsDifference(logits?.data as Float32Array, official.data);
  assert.ok(difference < 1e-4, `differs by ${difference}`);
});
