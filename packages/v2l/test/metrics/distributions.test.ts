import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readJson, readNpy, skipWithout } from "@v2l/testing";
import {
  FeatureStatistics,
  frechetDistance,
  InceptionScore,
  type InceptionScoreOptions,
  inceptionScore,
  readSafetensors,
  writeSafetensors,
} from "v2l";
import { symmetricEigenvalues } from "../../src/metrics/symmetric.js";
import { temporaryFolder } from "../temporary-folder.js";

interface FeatureCase {
  readonly count: number;
  readonly width: number;
  readonly seed: number;
  readonly decay: number;
  readonly scale: number;
  readonly offset: number;
}

interface Score {
  readonly mean: number;
  readonly std: number;
  readonly splits: readonly number[];
}

interface Fixture {
  readonly frechet: readonly {
    readonly name: string;
    readonly a: FeatureCase;
    readonly b: FeatureCase;
    readonly distance: number;
  }[];
  readonly scores: readonly {
    readonly count: number;
    readonly classes: number;
    readonly seed: number;
    readonly parts: number;
    readonly spread: Score;
    readonly drop: Score;
  }[];
  readonly eigenvalues: readonly {
    readonly size: number;
    readonly seed: number;
    readonly rank: number;
    readonly values: readonly number[];
  }[];
}

// Written by fixtures/distributions.py with numpy 1.24 and scipy 1.10.
const path = new URL("../../../test/metrics/fixtures/distributions.json", import.meta.url);
const fixture = JSON.parse(readFileSync(path, "utf8")) as Fixture;
const INVALID = { code: "INVALID_ARGUMENT" };

function near(actual: number, wanted: number, relative: number, absolute = 0): void {
  const allowed = relative * Math.abs(wanted) + absolute;
  assert.ok(Math.abs(actual - wanted) <= allowed, `${actual} is not ${wanted}`);
}

function uniform(count: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** The features of the script. */
function featuresOf({ count, width, seed, decay, scale, offset }: FeatureCase): Float32Array {
  const u = uniform(count * width, seed).map((value) => value - 0.5);
  return Float32Array.from(u, (value, i) => {
    const column = i % width;
    const before = u[i - column + ((column + width - 1) % width)] as number;
    return (value + 0.7 * before) * (1 / (1 + column) ** decay) * scale + offset;
  });
}

function statistics(features: Float32Array, width: number, batch = 7): FeatureStatistics {
  const gathered = new FeatureStatistics(width);
  for (let at = 0; at < features.length; at += batch * width) {
    gathered.add(features.subarray(at, at + batch * width));
  }
  return gathered;
}

function probabilitiesOf(count: number, classes: number, seed: number): Float32Array {
  const powers = uniform(count * classes, seed).map((value) => value ** 6 + 1e-9);
  return Float32Array.from(powers, (power, i) => {
    const start = i - (i % classes);
    return power / powers.subarray(start, start + classes).reduce((a, b) => a + b);
  });
}

describe("Frechet distance", () => {
  for (const { name, a, b, distance } of fixture.frechet) {
    test(`${name}: equals scipy's, either way round`, () => {
      const one = statistics(featuresOf(a), a.width);
      const other = statistics(featuresOf(b), b.width);
      near(frechetDistance(one, other), distance, 1e-5);
      near(frechetDistance(other, one), distance, 1e-5);
    });
  }

  test("a set is at distance 0 from itself, also where it is small or constant", () => {
    for (const { a } of fixture.frechet) {
      const one = statistics(featuresOf(a), a.width);
      const size = one.covariance().reduce((most, x) => Math.max(most, x), 0);
      near(frechetDistance(one, one), 0, 0, 1e-6 * size);
    }
  });

  test("mean and covariance do not depend on batches and shards", async (t) => {
    const { a } = fixture.frechet[1] as { a: FeatureCase };
    const features = featuresOf(a);
    const whole = statistics(features, a.width, 90);
    const shards = [features.subarray(0, 33 * a.width), features.subarray(33 * a.width)];
    const merged = new FeatureStatistics(a.width);
    const file = join(temporaryFolder(t), "shard.safetensors");
    for (const shard of shards) {
      await writeSafetensors(file, statistics(shard, a.width, 4).toWeights());
      const { weights } = await readSafetensors(file);
      merged.merge(FeatureStatistics.fromWeights(weights));
    }
    merged.merge(new FeatureStatistics(a.width));
    assert.equal(merged.count, 90);
    merged.mean.forEach((value, i) => {
      near(value, whole.mean[i] as number, 1e-14);
    });
    const covariance = whole.covariance();
    merged.covariance().forEach((value, i) => {
      near(value, covariance[i] as number, 0, 1e-12);
    });
  });

  test("one image, other widths and values that are not finite are refused", () => {
    const one = new FeatureStatistics(4);
    assert.throws(() => one.covariance(), INVALID);
    one.add([1, 2, 3, 4]);
    const more = statistics(new Float32Array(20), 4);
    assert.throws(() => frechetDistance(one, more), INVALID);
    assert.throws(() => frechetDistance(more, one), INVALID);
    const wide = statistics(new Float32Array(20), 5);
    assert.throws(() => frechetDistance(wide, more), INVALID);
    assert.throws(() => more.merge(wide), INVALID);
    assert.throws(() => more.add([1, 2, 3]), INVALID);
    assert.throws(() => more.add([1, 2, Number.NaN, 4]), INVALID);
    assert.equal(more.count, 5);
    assert.throws(() => new FeatureStatistics(0), INVALID);
    const foreign = new Map([...more.toWeights(), ...wide.toWeights()].slice(0, 2));
    assert.throws(() => FeatureStatistics.fromWeights(foreign), { code: "CHECKPOINT_MISMATCH" });
  });

  test("eigenvalues of symmetric matrices equal LAPACK's", () => {
    for (const { size, seed, rank, values } of fixture.eigenvalues) {
      const m = uniform(size * rank, seed).map((value) => (value - 0.5) * 10);
      const product = Float64Array.from({ length: size * size }, (_, at) => {
        const [row, column] = [Math.floor(at / size), at % size];
        let sum = 0;
        for (let k = 0; k < rank; k++) {
          sum += (m[row * rank + k] as number) * (m[column * rank + k] as number);
        }
        return sum;
      });
      const found = symmetricEigenvalues(product, size).reverse();
      assert.equal(found.length, size);
      const least = 1e-13 * (values[0] as number);
      found.forEach((value, i) => {
        near(value, values[i] as number, 0, least);
      });
    }
    assert.deepEqual(symmetricEigenvalues(new Float64Array(9), 3), [0, 0, 0]);
  });

  test("the conformance data", { skip: skipWithout("metrics.json") }, () => {
    const official = readJson<Record<string, number>>("metrics.json");
    const [a, b] = ["a", "b"].map((name) => readNpy(`metrics/features_${name}.npy`).data);
    const [one, other] = [a, b].map((data) => statistics(data as Float32Array, 64));
    const few = statistics((a as Float32Array).subarray(0, 40 * 64), 64);
    const distance = (x: unknown, y: unknown) =>
      frechetDistance(x as FeatureStatistics, y as FeatureStatistics);
    near(distance(one, other), official.fid_a_b as number, 1e-6);
    near(distance(other, one), official.fid_b_a as number, 1e-6);
    near(distance(one, one), 0, 0, 1e-6);
    near(distance(few, other), official.fid_first40_of_a_vs_b as number, 1e-3);
  });
});

describe("Inception score", () => {
  const check = (received: Score, wanted: Score, relative = 1e-6): void => {
    near(received.mean, wanted.mean, relative);
    near(received.std, wanted.std, relative, 1e-9);
    assert.equal(received.splits.length, wanted.splits.length);
    received.splits.forEach((value, i) => {
      near(value, wanted.splits[i] as number, relative);
    });
  };

  for (const { count, classes, seed, parts, ...wanted } of fixture.scores) {
    test(`${count} images in ${parts} parts: equals scipy's entropies`, () => {
      const probabilities = probabilitiesOf(count, classes, seed);
      check(inceptionScore(probabilities, classes, { splits: parts }), wanted.spread);
      const drop: InceptionScoreOptions = { splits: parts, remainder: "drop" };
      check(inceptionScore(probabilities, classes, drop), wanted.drop);
    });
  }

  test("shards in any order give the score of the whole set", async (t) => {
    const probabilities = probabilitiesOf(57, 12, 20);
    const file = join(temporaryFolder(t), "shard.safetensors");
    const merged = new InceptionScore(57, 12);
    for (const [from, to] of [
      [31, 57],
      [0, 31],
    ] as const) {
      const shard = new InceptionScore(57, 12);
      for (let at = from; at < to; at += 4) {
        shard.add(at, probabilities.subarray(at * 12, Math.min(at + 4, to) * 12));
      }
      assert.throws(() => shard.result(), INVALID);
      await writeSafetensors(file, shard.toWeights());
      merged.merge(InceptionScore.fromWeights((await readSafetensors(file)).weights));
    }
    check(merged.result(), inceptionScore(probabilities, 12), 1e-12);
    merged.add(0, probabilities.subarray(0, 12));
    assert.throws(() => merged.result(), INVALID);
    assert.throws(() => merged.merge(new InceptionScore(58, 12)), INVALID);
  });

  test("one image is 1, equal images are 1, images of one class each are their number", () => {
    assert.equal(inceptionScore([0.25, 0.75], 2, { splits: 1 }).mean, 1);
    const { mean, std } = inceptionScore(new Float32Array(40).fill(0.25), 4);
    assert.deepEqual([mean, std], [1, 0]);
    near(inceptionScore([1, 0, 0, 0, 1, 0, 0, 0, 1], 3, { splits: 1 }).mean, 3, 1e-15);
  });

  test("fewer images than parts, and values that are not probabilities, are refused", () => {
    assert.throws(() => inceptionScore(new Float32Array(18).fill(0.5), 2), INVALID);
    assert.throws(() => inceptionScore([0.5, 0.5], 2, { splits: 0 }), INVALID);
    assert.throws(() => inceptionScore([3, -2], 2, { splits: 1 }), INVALID);
    assert.throws(() => inceptionScore([Number.NaN, 1], 2, { splits: 1 }), INVALID);
    const score = new InceptionScore(10, 2);
    assert.throws(() => score.add(9, [1, 0, 1, 0]), INVALID);
    assert.throws(() => score.add(0, [1, 0, 1]), INVALID);
  });

  test("the conformance data", { skip: skipWithout("metrics.json") }, () => {
    const official = readJson<Record<string, number>>("metrics.json");
    const { data } = readNpy("metrics/softmax.npy");
    const { mean, std } = inceptionScore(data, 50, { remainder: "drop" });
    near(mean, official.inception_score_10_splits as number, 1e-6);
    near(std, official.inception_score_10_splits_std as number, 1e-6);
    const one = inceptionScore(data, 50, { splits: 1 });
    near(one.mean, official.inception_score_1_split as number, 1e-6);
  });
});
