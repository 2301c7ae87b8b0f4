import {
  discriminatorNetwork,
  lpipsNetwork,
  type ParamSpec,
  type TensorData,
  tokenizerNetwork,
  type Weights,
} from "@v2l/nn";
import { fromData, keep, scope, setThreads, TorchOps } from "@v2l/torch";
import {
  globalEmbeddings,
  lpipsLoss,
  type OptimizationConfig,
  Parameters,
  TokenizerStep,
} from "@v2l/train";
import type { Setting } from "./setting.js";
import type { Task } from "./tasks.js";
import { readWorkload } from "./workload.js";

const LR = 4.5e-4;

/** The official rates; the discriminator is at work from the first step on. */
const OPTIMIZATION: OptimizationConfig = {
  schedule: { lr: LR, minLr: 0, warmupEpochs: 0, epochs: 1 },
  betas: [0.5, 0.9],
  eps: 1e-7,
  rateQ: 1,
  rateP: 0.1,
  rateD: 0.75,
  quantizeAfter: 0,
  discStart: 0,
  quirks: { discriminatorBeforeStart: false, secondForward: false },
};

/** One training step with LPIPS and discriminator; CLIP's features come from the cache. */
export async function trainTask(setting: Setting, folder: string): Promise<Task> {
  setThreads(setting.threads);
  const ops = new TorchOps();
  const network = tokenizerNetwork(setting.config);
  const discriminator = discriminatorNetwork();
  const lpips = lpipsNetwork();
  const adversary = await readWorkload(folder, "adversary");
  const parameters = (specs: readonly ParamSpec[], from: Weights, trainable: boolean) => {
    const weights = specs.map(({ name }) => [name, from.get(name) as TensorData] as const);
    return new Parameters(ops, specs, new Map(weights), trainable);
  };
  const lpipsWeights = parameters(lpips.params, adversary, false);
  const held = async (file: string, name: string) =>
    keep(fromData((await readWorkload(folder, file)).get(name) as TensorData));
  const globalCodebook = await held("codebooks", "global");
  const images = await held("inputs", "trainImages");
  const features = await held("inputs", "trainFeatures");
  const step = new TokenizerStep(
    {
      ops,
      network,
      weights: parameters(network.params, await readWorkload(folder, "tokenizer"), true),
      discriminator,
      discriminatorWeights: parameters(discriminator.params, adversary, true),
      codebook: await held("codebooks", "local"),
      perceptual: lpipsLoss(lpipsWeights.run(false), lpips),
    },
    OPTIMIZATION,
  );
  let iteration = 0;
  return {
    run: () =>
      scope(() => {
        const words = globalEmbeddings(ops, features, globalCodebook, setting.words);
        iteration += 1;
        step.step(iteration, LR, [{ images, words }]);
      }),
    outputs: () => firstMoments(step),
  };
}

/** Adam's first moments: after one step, the gradients times 1 - beta1. */
function firstMoments(step: TokenizerStep): Weights {
  const suffix = ".exp_avg";
  const moments = [step.generatorAdam, step.discriminatorAdam].flatMap((adam) => [
    ...adam.state().moments,
  ]);
  return new Map(
    moments
      .filter(([name]) => name.endsWith(suffix))
      .map(([name, moment]) => [name.slice(0, -suffix.length), moment]),
  );
}
