import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { initialize, llamaNetwork, type TensorData, toFloat32, type Weights } from "@v2l/nn";
import { temporaryFolder } from "@v2l/testing";
import { noGrad, scope, TorchOps, tensor } from "@v2l/torch";
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

test("a deeper network begins as the one that its weights come from", async (t) => {
  const config = { dim: 16, layers: 2, heads: 2, hidden: 24, normEps: 1e-5, contextSize: 8 };
  const [shallow, deep] = [llamaNetwork(config, 20), llamaNetwork({ ...config, layers: 4 }, 20)];
  const weights = initialize(shallow.params, 1);
  const path = join(temporaryFolder(t), "checkpoint.safetensors");
  const saved = [...weights].map(([name, data]) => [`model.${name}`, data] as const);
  await writeSafetensors(path, new Map(saved), { recipe: "llm", step: "1" });
  const ops = new TorchOps("cpu");
  const ids = BigInt64Array.from([3, 1, 4, 1, 5], BigInt);
  const logits = (network: typeof deep, values: Weights) => {
    const parameters = new Parameters(ops, network.params, values, false);
    const run = parameters.run(false);
    const out = noGrad(() =>
      scope(() => network.logits(run, network.hidden(run, tensor(ids, [1, 5]))).toFloat32Array()),
    );
    parameters.dispose();
    return out;
  };
  const grown = await initialWeights(path, deep, 2);
  assert.deepEqual(logits(deep, grown), logits(shallow, weights));
});
