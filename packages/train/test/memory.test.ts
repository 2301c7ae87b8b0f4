import assert from "node:assert/strict";
import { test } from "node:test";
import { discriminatorNetwork, initialize, tokenizerNetwork } from "@v2l/nn";
import { aten, keep, liveTensors, setThreads, TorchOps, torchAvailable } from "@v2l/torch";
import { Parameters } from "../src/run/parameters.js";
import { TokenizerStep } from "../src/tokenizer/step.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;

test("five hundred training steps keep no tensor and less than 20 MB", { skip }, () => {
  setThreads(1);
  const ops = new TorchOps();
  const network = tokenizerNetwork({
    resolution: 16,
    ch: 8,
    chMult: [1, 1],
    numResBlocks: 1,
    attnResolutions: [],
    zChannels: 8,
    embedDim: 8,
    normGroups: 4,
  });
  const discriminator = discriminatorNetwork();
  const start = (specs: typeof network.params) =>
    new Parameters(ops, specs, initialize(specs, 1), true);
  const step = new TokenizerStep(
    {
      ops,
      network,
      weights: start(network.params),
      discriminator,
      discriminatorWeights: start(discriminator.params),
      codebook: keep(aten.randn([32, 8])),
      perceptual: null,
    },
    {
      schedule: { lr: 1e-4, minLr: 0, warmupEpochs: 1, epochs: 2 },
      betas: [0.5, 0.9],
      eps: 1e-7,
      rateQ: 1,
      rateP: 0,
      rateD: 0.75,
      quantizeAfter: 0,
      discStart: -1,
      quirks: { discriminatorBeforeStart: false, secondForward: false },
    },
  );
  const batch = { images: keep(aten.randn([2, 3, 16, 16])), words: keep(aten.randn([2, 3, 8])) };
  const run = (steps: number) => {
    for (let i = 0; i < steps; i++) step.step(i, 1e-4, [batch]);
    return { tensors: liveTensors(), memory: process.memoryUsage.rss() };
  };
  const before = run(30);
  const after = run(500);
  assert.equal(after.tensors, before.tensors);
  const grown = (after.memory - before.memory) / 1e6;
  assert.ok(grown < 20, `grew by ${grown.toFixed(1)} MB`);
});
