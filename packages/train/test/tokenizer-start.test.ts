import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFloat32, Random, type TensorData, toFloat32, tokenizerNetwork } from "@v2l/nn";
import { torchAvailable } from "@v2l/torch";
import { startingWeights } from "../src/tokenizer/start.js";

const torch = torchAvailable();
const skip = torch.available ? false : `${torch.reason}: ${torch.remedy}`;

const network = tokenizerNetwork({
  resolution: 32,
  ch: 8,
  chMult: [1, 1],
  numResBlocks: 1,
  attnResolutions: [],
  zChannels: 8,
  embedDim: 6,
  normGroups: 4,
});

/** Rows around a common mean, with unequal and correlated dimensions. */
function codebook(rows: number, seed: number): TensorData {
  const random = new Random(seed);
  const values = Array.from({ length: rows }, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    const noise = () => 0.4 * random.normal();
    return [5 + a, a + 0.8 * b, 0.5 * c + noise(), b - c + noise(), noise(), 2 + noise()];
  });
  return fromFloat32(new Float32Array(values.flat()), [rows, 6]);
}

function start(kind: "random" | "fitted") {
  const random = new Random(9);
  const pixels = Float32Array.from({ length: 2 * 3 * 32 * 32 }, () => random.uniform(-1, 1));
  const local = codebook(500, 1);
  const words = { ...codebook(200, 2), shape: [10, 20, 6] };
  const images = fromFloat32(pixels, [2, 3, 32, 32]);
  return { local, weights: startingWeights(network, 3, kind, { local, words, images }) };
}

test("a fitted projector makes the rows uncorrelated, centred, and of norm 1 on average", {
  skip,
}, () => {
  const { local, weights } = start("fitted");
  const rows = toFloat32(local);
  const weight = toFloat32(weights.get("codebook_projection.weight") as TensorData);
  const bias = toFloat32(weights.get("codebook_projection.bias") as TensorData);
  const at = (array: Float32Array, i: number) => array[i] as number;
  const moments = new Float64Array(36);
  const means = new Float64Array(6);
  for (let row = 0; row < 500; row++) {
    const projected = Array.from({ length: 6 }, (_, o) => {
      let sum = at(bias, o);
      for (let i = 0; i < 6; i++) sum += at(weight, o * 6 + i) * at(rows, row * 6 + i);
      return sum;
    });
    for (let i = 0; i < 6; i++) {
      means[i] = (means[i] as number) + (projected[i] as number) / 500;
      for (let j = 0; j < 6; j++) {
        const product = (projected[i] as number) * (projected[j] as number);
        moments[i * 6 + j] = (moments[i * 6 + j] as number) + product / 500;
      }
    }
  }
  assert.ok(means.every((mean) => Math.abs(mean) < 1e-4));
  moments.forEach((moment, at) => {
    // definition of whitening: covariance I/6, so that the mean squared norm is 1
    const wanted = Math.floor(at / 6) === at % 6 ? 1 / 6 : 0;
    assert.ok(Math.abs(moment - wanted) < 2e-3, `moment ${at}: ${moment}`);
  });
});

test("a random start leaves every layer as it is drawn; a fitted one changes eleven tensors", {
  skip,
}, () => {
  const random = start("random").weights;
  const fitted = start("fitted").weights;
  const changed = [...random.keys()].filter(
    (name) =>
      !Buffer.from(random.get(name)?.bytes ?? []).equals(fitted.get(name)?.bytes ?? Buffer.of()),
  );
  assert.deepEqual(changed.sort(), [
    "codebook_projection.bias",
    "codebook_projection.weight",
    "decoder.mid.cross_attn_1.to_k.weight",
    "decoder.mid.cross_attn_1.to_out.0.bias",
    "decoder.mid.cross_attn_1.to_out.0.weight",
    "decoder.mid.cross_attn_1.to_q.weight",
    "decoder.mid.cross_attn_1.to_v.weight",
    "post_quant_conv.bias",
    "post_quant_conv.weight",
    "quant_conv.bias",
    "quant_conv.weight",
  ]);
});
