import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { initialize, llamaNetwork, type TensorData, toFloat32 } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import { aten, backward, noGrad, scope, type Tensor, TorchOps, tensor } from "@v2l/torch";
import { writeSafetensors } from "v2l";
import { initialWeights, startWeights } from "../src/llm/start.js";
import { Parameters } from "../src/run/parameters.js";

const DIM = 64;

for (const [name, kvHeads] of [
  ["as many key heads", 4],
  ["fewer key heads", 2],
] as const) {
  test(`attention starts by finding and copying its own token, with ${name}`, () => {
    const config = {
      dim: DIM,
      layers: 2,
      heads: 4,
      kvHeads,
      hidden: 96,
      normEps: 1e-5,
      contextSize: 32,
    };
    const weights = startWeights(llamaNetwork(config, 50), 3);
    const matrix = (matrixName: string) =>
      toFloat32(weights.get(`layers.1.attention.${matrixName}.weight`) as TensorData);
    const [wq, wk, wv, wo] = [matrix("wq"), matrix("wk"), matrix("wv"), matrix("wo")] as const;
    const size = DIM / 4;
    for (let head = 0; head < 4; head++) {
      const first = head * size;
      const keyFirst = Math.floor((head * kvHeads) / 4) * size;
      for (let row = 0; row < size; row++) {
        for (let i = 0; i < DIM; i++) {
          const at = (keyFirst + row) * DIM + i;
          assert.equal(wq[(first + row) * DIM + i], wk[at]);
          assert.ok(
            Math.abs((wo[i * DIM + first + row] as number) - 0.3 * (wv[at] as number)) < 1e-6,
          );
        }
      }
    }
    // What a text adds to itself: 0.3 * Wv^T Wv over all heads, whose diagonal has the mean 0.3.
    const trace = Array.from({ length: DIM }, (_, i) =>
      Array.from({ length: DIM }, (_, row) => {
        const head = Math.floor(row / size);
        const value = Math.floor((head * kvHeads) / 4) * size + (row % size);
        return (wo[i * DIM + row] as number) * (wv[value * DIM + i] as number);
      }).reduce((a, b) => a + b, 0),
    ).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(trace / DIM - 0.3) < 0.03, `${trace / DIM}`);
  });
}

const WRITES = /layers.0.(attention.wo|feed_forward.w2).weight/;
const SMALL = { dim: 16, layers: 2, heads: 2, hidden: 24, normEps: 1e-9, contextSize: 8 };

for (const [name, changed, tolerance] of [
  ["deeper", { layers: 4 }, 0],
  ["wider", { dim: 24, heads: 3, hidden: 40 }, 1e-5],
  ["deeper and wider", { layers: 3, dim: 32, heads: 4, hidden: 24, tiedEmbeddings: true }, 1e-5],
] as const) {
  test(`a ${name} network begins as the one that its weights come from, and learns with all of it`, async (t) => {
    const config = { ...SMALL, tiedEmbeddings: "tiedEmbeddings" in changed };
    const [small, large] = [llamaNetwork(config, 20), llamaNetwork({ ...config, ...changed }, 20)];
    const weights = initialize(small.params, 1);
    const path = join(temporaryFolder(t), "checkpoint.safetensors");
    const saved = [...weights].map(([name, data]) => [`model.${name}`, data] as const);
    await writeSafetensors(path, new Map(saved), { recipe: "llm", step: "1" });
    const ops = new TorchOps("cpu");
    const logitsOf = (network: typeof large, parameters: Parameters) => {
      const ids = tensor(BigInt64Array.from([3, 1, 4, 1, 5], BigInt), [1, 5]);
      const run = parameters.run(true);
      return network.logits(run, network.hidden(run, ids));
    };
    const before = new Parameters(ops, small.params, weights, false);
    const after = new Parameters(ops, large.params, await initialWeights(path, large, 2), true);
    t.after(() => {
      before.dispose();
      after.dispose();
    });
    scope(() => {
      const wanted = noGrad(() => logitsOf(small, before).toFloat32Array());
      const logits = logitsOf(large, after);
      logits.toFloat32Array().forEach((value, i) => {
        assert.ok(Math.abs(value - (wanted[i] as number)) <= tolerance, `${value} ${wanted[i]}`);
      });
      backward(ops.sum(ops.square(logits), [0, 1, 2]));
      // What the first layer and the embeddings write to the last dimension of the residual stream, all later ones read.
      const still = [...after.trained].filter(([name, { grad, shape }]) => {
        const written = name.startsWith("tok_embeddings") ? 1 : WRITES.test(name) ? 0 : null;
        if (written === null) return false;
        const last = aten.slice(grad as Tensor, written, (shape[written] as number) - 1);
        return last.toFloat32Array().every((one) => one === 0);
      });
      assert.deepEqual(
        still.map(([name]) => name),
        [],
      );
    });
  });
}

test("a network that is smaller than the weights cannot begin with them", async (t) => {
  const [small, large] = [llamaNetwork(SMALL, 20), llamaNetwork({ ...SMALL, hidden: 32 }, 20)];
  const path = join(temporaryFolder(t), "checkpoint.safetensors");
  const saved = [...initialize(large.params, 1)].map(
    ([name, data]) => [`model.${name}`, data] as const,
  );
  await writeSafetensors(path, new Map(saved), { recipe: "llm", step: "1" });
  await assert.rejects(initialWeights(path, small, 2), {
    code: "INVALID_ARGUMENT",
    message: /24x16.*32x16/,
  });
});

for (const [name, trained, asked] of [
  ["with layers that the network does not have", { layers: 3 }, { layers: 2 }],
  ["with an output layer where the network has none", {}, { tiedEmbeddings: true }],
  ["without an output layer where the network has one", { tiedEmbeddings: true }, {}],
] as const) {
  test(`no network begins with weights ${name}`, async (t) => {
    const path = join(temporaryFolder(t), "checkpoint.safetensors");
    const { params } = llamaNetwork({ ...SMALL, ...trained }, 20);
    const saved = [...initialize(params, 1)].map(
      ([name, data]) => [`model.${name}`, data] as const,
    );
    await writeSafetensors(path, new Map(saved), { recipe: "llm", step: "1" });
    const network = llamaNetwork({ ...SMALL, ...asked }, 20);
    const weights = await initialWeights(path, network, 2);
    assert.throws(() => new Parameters(new TorchOps("cpu"), network.params, weights, true), {
      code: "CHECKPOINT_MISMATCH",
    });
  });
}
