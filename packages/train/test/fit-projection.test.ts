import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "@v2l/nn";
import { aten, fromData, scope, tensor, torchAvailable } from "@v2l/torch";
import { fitProjection } from "../src/tokenizer/fit-projection.js";

const torch = torchAvailable();
const skip = torch.available ? false : `libtorch is missing: ${torch.remedy}`;

const WIDTH = 4;

/** Correlated rows around a mean. */
function rows(count: number, seed: number, scale: number, centre: number): Float32Array {
  const random = new Random(seed);
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    const [a, b, c, d] = [random.normal(), random.normal(), random.normal(), random.normal()];
    values.push(centre + scale * a, scale * (a + b), centre - 0.3 * scale * c, scale * (d - b));
  }
  return new Float32Array(values);
}

test("a fitted projection gives the codebook the features' mean and covariance", { skip }, () => {
  const codebook = rows(600, 1, 0.1, 5);
  const features = rows(400, 2, 2, -1);
  const projected = scope(() => {
    const input = tensor(codebook, [600, WIDTH]);
    const { weight, bias } = fitProjection(input, tensor(features, [400, WIDTH]));
    return aten.linear(input, fromData(weight), fromData(bias)).toFloat32Array();
  });
  const [got, wanted] = [moments(projected), moments(features)];
  for (let i = 0; i < got.length; i++) {
    assert.ok(Math.abs((got[i] as number) - (wanted[i] as number)) < 1e-2, `moment ${i}`);
  }
});

/** Means, then the covariance matrix, computed in float64. */
function moments(values: Float32Array): number[] {
  const count = values.length / WIDTH;
  const at = (i: number, d: number) => values[i * WIDTH + d] as number;
  const average = (of: (i: number) => number) =>
    Array.from({ length: count }, (_, i) => of(i)).reduce((a, b) => a + b, 0) / count;
  const means = [0, 1, 2, 3].map((d) => average((i) => at(i, d)));
  const covariances = [0, 1, 2, 3].flatMap((a) =>
    [0, 1, 2, 3].map((b) =>
      average((i) => (at(i, a) - (means[a] as number)) * (at(i, b) - (means[b] as number))),
    ),
  );
  return [...means, ...covariances];
}
