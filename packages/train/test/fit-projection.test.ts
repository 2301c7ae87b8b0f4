import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFloat32, Random, type TensorData } from "@v2l/nn";
import { maxAbsDifference } from "@v2l/testing";
import { aten, fromData, liveTensors, scope, tensor, torchAvailable } from "@v2l/torch";
import { fitProjection } from "../src/tokenizer/fit-projection.js";
import { refitProjection } from "../src/tokenizer/refit-projection.js";

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

test("descent brings rows nearer to features and uses more of them", { skip }, () => {
  // Words in clusters, as those of a language are; features on a sphere, as the quantiser's are.
  const codebook = clustered(512, 12, 3);
  const features = onSphere(1500, 12, 4);
  const before = liveTensors();
  const [closed, descended] = [0, 80].map((steps) => {
    const projected = scope(() => {
      const input = tensor(codebook, [512, 12]);
      const cells = tensor(features, [1500, 12]);
      const { weight, bias } = fitProjection(input, cells, { steps });
      return aten.linear(input, fromData(weight), fromData(bias)).toFloat32Array();
    });
    return nearest(features, projected, 12);
  }) as [Nearest, Nearest];
  assert.equal(liveTensors(), before);
  assert.ok(descended.error < 0.8 * closed.error, `${descended.error} after ${closed.error}`);
  assert.ok(descended.used > 1.15 * closed.used, `${descended.used} after ${closed.used}`);
});

interface Nearest {
  /** Mean squared distance to the nearest row. */
  readonly error: number;
  /** Rows that are nearest to something. */
  readonly used: number;
}

/** By comparing all with all, in float64. */
function nearest(cells: Float32Array, rows: Float32Array, width: number): Nearest {
  const used = new Set<number>();
  let sum = 0;
  for (let cell = 0; cell < cells.length; cell += width) {
    let [best, least] = [0, Number.POSITIVE_INFINITY];
    for (let row = 0; row < rows.length; row += width) {
      let distance = 0;
      for (let d = 0; d < width; d++) {
        distance += ((cells[cell + d] as number) - (rows[row + d] as number)) ** 2;
      }
      if (distance < least) [best, least] = [row, distance];
    }
    used.add(best);
    sum += least;
  }
  return { error: (sum * width) / cells.length, used: used.size };
}

/** Rows around a few centres. */
function clustered(count: number, width: number, seed: number): Float32Array {
  const random = new Random(seed);
  const centres = Array.from({ length: 16 * width }, () => random.normal());
  return Float32Array.from({ length: count * width }, (_, at) => {
    const row = Math.floor(at / width);
    return (centres[(row % 16) * width + (at % width)] as number) + 0.3 * random.normal();
  });
}

/** Unit rows that vary in the first five dimensions only. */
function onSphere(count: number, width: number, seed: number): Float32Array {
  const random = new Random(seed);
  const rows = Array.from({ length: count }, () => {
    const row = Array.from({ length: width }, (_, d) => (d < 5 ? random.normal() : 0));
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  });
  return new Float32Array(rows.flat());
}

test("a refitted projection puts the rows of a turned codebook where they were", { skip }, () => {
  const codebook = rows(200, 3, 1, 2);
  // Turned and moved: the first two dimensions change places, the third is doubled.
  const turned = codebook.map((_, at) => {
    const [row, d] = [at - (at % WIDTH), at % WIDTH];
    const source = codebook[row + ([1, 0, 2, 3][d] as number)] as number;
    return (d === 2 ? 2 : 1) * source + 0.5;
  });
  const shape = [200, WIDTH];
  const weight = fromFloat32(rows(WIDTH, 4, 1, 0), [WIDTH, WIDTH]);
  const bias = fromFloat32(rows(1, 5, 1, 0), [WIDTH]);
  const fitted = scope(() => {
    return refitProjection(fromFloat32(codebook, shape), fromFloat32(turned, shape), {
      weight,
      bias,
    });
  });
  assert.ok(fitted.residual < 1e-5, `${fitted.residual}`);
  const projected = (values: Float32Array, layer: { weight: TensorData; bias: TensorData }) =>
    scope(() => {
      const input = tensor(values, shape);
      return aten.linear(input, fromData(layer.weight), fromData(layer.bias)).toFloat32Array();
    });
  const [wanted, got] = [projected(codebook, { weight, bias }), projected(turned, fitted)];
  assert.ok(maxAbsDifference(got, wanted) < 1e-2);
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
