import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fromFloat32,
  type ParamSpec,
  Random,
  type TensorData,
  toFloat32,
  tokenizerNetwork,
  type Weights,
} from "@v2l/nn";
import { fromData, noGrad, scope, TorchOps, torchAvailable } from "@v2l/torch";
import { startingWeights } from "../src/tokenizer/start.js";

const torch = torchAvailable();
const skip = torch.available ? false : `${torch.reason}: ${torch.remedy}`;

const [IMAGES, SIDE, GRID, WIDTH] = [8, 32, 16, 6];
const network = tokenizerNetwork({
  resolution: SIDE,
  ch: 8,
  chMult: [1, 1],
  numResBlocks: 1,
  attnResolutions: [],
  zChannels: 4,
  embedDim: WIDTH,
  normGroups: 4,
});

/** Rows around a common mean, with unequal and correlated dimensions. */
function rows(count: number, seed: number): TensorData {
  const random = new Random(seed);
  const values = Array.from({ length: count }, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    const noise = () => 0.4 * random.normal();
    return [5 + a, a + 0.8 * b, 0.5 * c + noise(), b - c + noise(), noise(), 2 + noise()];
  });
  return fromFloat32(new Float32Array(values.flat()), [count, WIDTH]);
}

/** Grey blocks of 8x8 pixels, and the brightness of each of the 16x16 cells. */
function greyBlocks(): { images: TensorData; brightness: number[] } {
  const random = new Random(9);
  const blocks = Array.from({ length: IMAGES * 16 }, () => random.uniform(-1, 1));
  const block = (image: number, y: number, x: number) =>
    blocks[image * 16 + Math.floor(y / 8) * 4 + Math.floor(x / 8)] as number;
  const pixels = Float32Array.from({ length: IMAGES * 3 * SIDE * SIDE }, (_, i) =>
    block(Math.floor(i / (3 * SIDE * SIDE)), Math.floor(i / SIDE) % SIDE, i % SIDE),
  );
  const brightness = Array.from({ length: IMAGES * GRID * GRID }, (_, i) =>
    block(Math.floor(i / GRID / GRID), 2 * (Math.floor(i / GRID) % GRID), 2 * (i % GRID)),
  );
  return { images: fromFloat32(pixels, [IMAGES, 3, SIDE, SIDE]), brightness };
}

function start(kind: "random" | "fitted") {
  const { images, brightness } = greyBlocks();
  const words = { ...rows(200, 2), shape: [10, 20, WIDTH] };
  const local = rows(500, 1);
  const weights = startingWeights(network, 3, kind, { local, words, images });
  return { images, local, brightness, weights };
}

function run(weights: Weights) {
  const weight = ({ name }: ParamSpec) => fromData(weights.get(name) as TensorData);
  return { ops: new TorchOps(), weight, training: false };
}

/** How well the best channel of the latent that the decoder sees tells a cell's brightness. */
function brightnessInLatent(kind: "random" | "fitted"): number {
  const { images, brightness, weights } = start(kind);
  const latent = noGrad(() =>
    scope(() => {
      const features = network.encode(run(weights), fromData(images));
      return network.decodeLatent(run(weights), features).toFloat32Array();
    }),
  );
  const channel = (c: number) =>
    brightness.map((_, i) => {
      const image = Math.floor(i / GRID / GRID);
      return latent[(image * 4 + c) * GRID * GRID + (i % (GRID * GRID))] as number;
    });
  return Math.max(...[0, 1, 2, 3].map((c) => Math.abs(correlation(channel(c), brightness))));
}

test("a fitted start shows the decoder the brightness of a cell, a random one does not", {
  skip,
}, () => {
  assert.ok(brightnessInLatent("fitted") > 0.9);
  assert.ok(brightnessInLatent("random") < 0.7);
});

test("a fitted projector gives the codebook's rows the features' mean and covariance", {
  skip,
}, () => {
  const { images, local, weights } = start("fitted");
  const [features, projected] = noGrad(() =>
    scope(() => {
      const map = network.encode(run(weights), fromData(images)).toFloat32Array();
      const table = network.projectCodebook(run(weights), fromData(local)).toFloat32Array();
      const cell = (i: number) =>
        Array.from({ length: WIDTH }, (_, c) => {
          const image = Math.floor(i / GRID / GRID);
          return map[(image * WIDTH + c) * GRID * GRID + (i % (GRID * GRID))] as number;
        });
      return [
        Array.from({ length: IMAGES * GRID * GRID }, (_, i) => cell(i)),
        Array.from({ length: 500 }, (_, i) => [...table.subarray(i * WIDTH, (i + 1) * WIDTH)]),
      ] as const;
    }),
  );
  const [got, wanted] = [secondMoments(projected), secondMoments(features)];
  got.forEach((moment, i) => {
    assert.ok(Math.abs(moment - (wanted[i] as number)) < 2e-3, `moment ${i}: ${moment}`);
  });
});

test("a random start leaves every layer as it is drawn; a fitted one changes these", {
  skip,
}, () => {
  const random = start("random").weights;
  const fitted = start("fitted").weights;
  const changed = [...random.keys()].filter(
    (name) =>
      !Buffer.from(random.get(name)?.bytes ?? []).equals(fitted.get(name)?.bytes ?? Buffer.of()),
  );
  const branches = changed.filter((name) => /\.(conv2|proj_out)\.weight$/.test(name));
  assert.ok(
    branches.every((name) => toFloat32(fitted.get(name) as TensorData).every((v) => v === 0)),
  );
  const others = changed.filter((name) => !/\.(conv2|proj_out)\./.test(name)).sort();
  assert.deepEqual(others, [
    "codebook_projection.bias",
    "codebook_projection.weight",
    "decoder.conv_in.bias",
    "decoder.mid.cross_attn_1.to_k.weight",
    "decoder.mid.cross_attn_1.to_out.0.bias",
    "decoder.mid.cross_attn_1.to_out.0.weight",
    "decoder.mid.cross_attn_1.to_q.weight",
    "decoder.mid.cross_attn_1.to_v.weight",
    "encoder.conv_out.bias",
    "encoder.conv_out.weight",
    "post_quant_conv.bias",
    "post_quant_conv.weight",
    "quant_conv.bias",
    "quant_conv.weight",
  ]);
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const product = (x: readonly number[], y: readonly number[]) =>
    mean(x.map((value, i) => value * (y[i] as number))) - mean(x) * mean(y);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

/** Means, then the covariance row by row. */
function secondMoments(rows: readonly (readonly number[])[]): number[] {
  const of = (f: (row: readonly number[]) => number) =>
    rows.reduce((sum, row) => sum + f(row), 0) / rows.length;
  const means = Array.from({ length: WIDTH }, (_, i) => of((row) => row[i] as number));
  const covariance = means.flatMap((p, i) =>
    means.map((q, j) => of((row) => (row[i] as number) * (row[j] as number)) - p * q),
  );
  return [...means, ...covariance];
}
