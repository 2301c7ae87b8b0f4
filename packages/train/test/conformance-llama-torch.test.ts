import assert from "node:assert/strict";
import { test } from "node:test";
import { initialize, isBookkeeping, type LlamaConfig, llamaNetwork, type Weights } from "@v2l/nn";
import { conformance, maxAbsDifference, readNpy, skipWithout } from "@v2l/testing";
import { noGrad, scope, TorchOps, tensor, torchAvailable } from "@v2l/torch";
import { readCheckpoint } from "v2l";
import { Parameters } from "../src/run/parameters.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;
const FILES = ["llama/consolidated.00.pth", "llama/llama_tokens.npy", "llama/llama_logits.npy"];

/** conformance/README.md, section 5, and llama/params.json. */
const OFFICIAL: LlamaConfig = {
  dim: 64,
  layers: 2,
  heads: 4,
  hidden: 192,
  normEps: 1e-5,
  contextSize: 512,
};
const VOCABULARY = 1000;

function logits(config: LlamaConfig, weights: Weights, ids: ArrayLike<number>, shape: number[]) {
  const network = llamaNetwork(config, VOCABULARY);
  const ops = new TorchOps();
  const parameters = new Parameters(ops, network.params, weights, false);
  const run = parameters.run(false);
  const result = noGrad(() =>
    scope(() => {
      const input = tensor(BigInt64Array.from(ids as number[], BigInt), shape);
      return network.logits(run, network.hidden(run, input)).toFloat32Array();
    }),
  );
  parameters.dispose();
  return result;
}

test("an official LLaMA gives the official logits on libtorch", {
  skip: skip || skipWithout(...FILES),
}, async () => {
  const { weights } = await readCheckpoint(conformance(FILES[0]) as string);
  const used = new Map([...weights].filter(([name]) => !isBookkeeping(name)));
  const tokens = readNpy("llama/llama_tokens.npy");
  const received = logits(OFFICIAL, used, tokens.data, tokens.shape);
  const difference = maxAbsDifference(received, readNpy("llama/llama_logits.npy").data);
  assert.ok(difference < 1e-4, `differs by ${difference}`);
});

test("heads that share keys equal heads that each have a copy of them", { skip }, () => {
  const shared = { ...OFFICIAL, kvHeads: 2, tiedEmbeddings: true };
  const weights = initialize(llamaNetwork(shared, VOCABULARY).params, 3);
  const ids = Array.from({ length: 12 }, (_, i) => (i * 7919) % VOCABULARY);
  const few = logits(shared, weights, ids, [2, 6]);
  const copied = new Map(weights);
  for (const [name, { dtype, shape, bytes }] of weights) {
    if (!/attention\.w[kv]/.test(name)) continue;
    const rows = bytes.length / 2; // of one key head, which serves two neighbouring query heads
    const parts = [0, 0, 1, 1].map((head) => bytes.subarray(head * rows, (head + 1) * rows));
    copied.set(name, { dtype, shape: [64, shape[1] as number], bytes: Buffer.concat(parts) });
  }
  const many = logits({ ...shared, kvHeads: 4 }, copied, ids, [2, 6]);
  assert.ok(maxAbsDifference(few, many) < 1e-5);
});
