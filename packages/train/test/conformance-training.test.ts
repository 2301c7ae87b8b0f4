import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { toFloat32, type Weights } from "@v2l/nn";
import { readJson, readNpy } from "@v2l/testing";
import { scope, setThreads } from "@v2l/torch";
import { learningRate } from "../src/run/schedule.js";
import { globalEmbeddings } from "../src/tokenizer/global-embeddings.js";
import { lpipsLoss } from "../src/tokenizer/perceptual.js";
import { type TokenizerLosses, TokenizerStep } from "../src/tokenizer/step.js";
import { clipInputs, fixtureTensor, officialModel, skipWithoutOfficial } from "./official.js";

interface RecordedStep {
  readonly lr: number;
  readonly loss: number;
  readonly rec_loss: number;
  readonly qloss: number;
  readonly p_loss: number;
  readonly g_loss: number;
  readonly d_weight: number;
  readonly d_loss: number | null;
  readonly grad_norm: Readonly<Record<string, number>>;
}

/** Relative tolerances of conformance/README.md, section 3, by step. */
const TOLERANCES = [
  { rec: 1e-5, q: 1e-5, g: 1e-4, dWeight: 3e-3, d: 0, loss: 1e-5, norm: 2e-3 },
  { rec: 1e-5, q: 1e-5, g: 1e-4, dWeight: 3e-3, d: 0, loss: 1e-5, norm: 2e-3 },
  { rec: 1e-4, q: 1e-4, g: 1e-3, dWeight: 1e-2, d: 2e-3, loss: 3e-3, norm: 3e-2 },
  { rec: 5e-3, q: 1e-4, g: 2e-2, dWeight: 3e-2, d: 1e-2, loss: 1e-2, norm: 0.2 },
] as const;

const skip = skipWithoutOfficial();

describe("four optimisation steps of the official code", { skip }, () => {
  const losses: TokenizerLosses[] = [];
  let start: Weights;
  let afterOne: Weights;
  let end: Weights;
  let recorded: readonly RecordedStep[];

  before(async () => {
    setThreads(2);
    const training = readJson<{ settings: Settings; steps: RecordedStep[] }>("training.json");
    recorded = training.steps;
    const run = await fourSteps(training.settings);
    losses.push(...run.losses);
    ({ start, afterOne, end } = run);
  });

  for (const [i, tolerance] of TOLERANCES.entries()) {
    test(`losses, weight and gradient norms of step ${i}`, () => {
      const wanted = recorded[i] as RecordedStep;
      const got = losses[i] as TokenizerLosses;
      close(got.rec, wanted.rec_loss, tolerance.rec, "rec");
      close(got.p, wanted.p_loss, tolerance.rec, "p");
      close(got.q, wanted.qloss, tolerance.q, "q");
      close(got.g as number, wanted.g_loss, tolerance.g, "g");
      close(got.dWeight as number, wanted.d_weight, tolerance.dWeight, "d_weight");
      close(got.loss, wanted.loss, tolerance.loss, "loss");
      if (wanted.d_loss === null) assert.equal(got.d, null);
      else close(got.d as number, wanted.d_loss, tolerance.d, "d");
      assert.deepEqual(Object.keys(got.gradients).sort(), Object.keys(wanted.grad_norm).sort());
      for (const [group, norm] of Object.entries(wanted.grad_norm)) {
        const bound = group === "codebook_projection" && i < 2 ? 1e-5 : tolerance.norm;
        close(got.gradients[group] as number, norm, bound, `gradient of ${group}`);
      }
    });
  }

  test("updates after the first real step", () => {
    for (const name of AFTER_ONE) {
      const stored = readNpy(`trained/after_iteration_1/${name}.npy`).data;
      const cosine = updateCosine(name, start, afterOne, stored);
      assert.ok(cosine >= 0.999, `${name}: cosine ${cosine}`);
    }
  });

  test("updates after all four steps", () => {
    for (const name of AFTER_FOUR) {
      const stored = readNpy(`trained/${name}.npy`).data;
      const bound = name.startsWith("codebook_projection") ? 0.999 : 0.93;
      const cosine = updateCosine(name, start, end, stored);
      assert.ok(cosine >= bound, `${name}: cosine ${cosine}`);
    }
  });

  test("running statistics of the discriminator", () => {
    for (const layer of ["main.3", "main.6"]) {
      for (const statistic of ["running_mean", "running_var"]) {
        const name = `discriminator.${layer}.${statistic}`;
        const stored = Array.from(readNpy(`trained/${name}.npy`).data);
        const got = values(end, name);
        const largest = stored.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        stored.forEach((value, i) => {
          assert.ok(Math.abs((got[i] as number) - value) <= 1e-2 * largest, `${name}[${i}]`);
        });
      }
    }
  });

  after(() => {
    losses.length = 0;
  });
});

interface Settings {
  readonly lr: number;
  readonly min_lr: number;
  readonly epochs: number;
  readonly warmup_epochs: number;
  readonly iterations_per_epoch: number;
  readonly betas: [number, number];
  readonly eps: number;
  readonly rate_q: number;
  readonly rate_p: number;
  readonly rate_d: number;
  readonly disc_start: number;
}

/** The four recorded iterations, with both quirks of the official step that change numbers. */
async function fourSteps(settings: Settings) {
  const model = await officialModel(true);
  const schedule = {
    lr: settings.lr,
    minLr: settings.min_lr,
    warmupEpochs: settings.warmup_epochs,
    epochs: settings.epochs,
  };
  const step = new TokenizerStep(
    { ...model, perceptual: lpipsLoss(model.lpipsWeights.run(false), model.lpips) },
    {
      schedule,
      betas: settings.betas,
      eps: settings.eps,
      rateQ: settings.rate_q,
      rateP: settings.rate_p,
      rateD: settings.rate_d,
      quantizeAfter: 0,
      discStart: settings.disc_start,
      quirks: { discriminatorBeforeStart: true, secondForward: true },
    },
  );
  const images = fixtureTensor("input.npy");
  const words = scope(() => {
    const features = model.clip.encodeImage(model.clipWeights.run(false), clipInputs());
    return globalEmbeddings(model.ops, features, model.globalCodebook, 21);
  });
  const weights = () =>
    new Map([...model.weights.weights(), ...model.discriminatorWeights.weights()]);
  const start = weights();
  let afterOne = start;
  const losses = [0, 1, 2, 3].map((iteration) => {
    const lr = learningRate(schedule, iteration / settings.iterations_per_epoch);
    const result = step.step(iteration, lr, [{ images, words }]);
    if (iteration === 1) afterOne = weights();
    return result;
  });
  return { losses, start, afterOne, end: weights() };
}

function close(got: number, wanted: number, tolerance: number, what: string): void {
  const error = Math.abs(got - wanted) / Math.abs(wanted);
  assert.ok(error <= tolerance, `${what}: ${got} instead of ${wanted}, relative error ${error}`);
}

/** Cosine between our update of a tensor and the recorded one. */
function updateCosine(
  name: string,
  start: Weights,
  end: Weights,
  recorded: ArrayLike<number>,
): number {
  const from = values(start, name);
  const to = values(end, name);
  let [dot, ours, theirs] = [0, 0, 0];
  for (let i = 0; i < from.length; i++) {
    const a = (to[i] as number) - (from[i] as number);
    const b = (recorded[i] as number) - (from[i] as number);
    dot += a * b;
    ours += a * a;
    theirs += b * b;
  }
  return dot / Math.sqrt(ours * theirs);
}

function values(weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  assert.ok(data, name);
  return toFloat32(data);
}

const AFTER_ONE = [
  "codebook_projection.bias",
  "decoder.conv_out.weight",
  "decoder.norm_out.weight",
  "encoder.conv_in.weight",
  "encoder.mid.attn_1.q.weight",
  "post_quant_conv.bias",
  "quant_conv.bias",
];

const AFTER_FOUR = [
  "codebook_projection.bias",
  "decoder.conv_out.weight",
  "decoder.mid.cross_attn_1.to_out.0.weight",
  "decoder.mid.cross_attn_1.to_q.weight",
  "decoder.up.0.block.1.conv2.weight",
  "discriminator.main.0.weight",
  "discriminator.main.8.weight",
  "encoder.conv_in.weight",
  "encoder.mid.attn_1.q.weight",
  "encoder.norm_out.weight",
  "post_quant_conv.bias",
  "quant_conv.bias",
];
