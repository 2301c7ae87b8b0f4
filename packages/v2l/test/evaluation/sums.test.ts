import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { maxAbsDifference } from "@v2l/testing";
import { codebookUse, countIds, ExactMoments, ExactSums } from "v2l";
import { joinFeatures, sumFeatures } from "../../src/evaluation/feature-sums.js";

// Written by fixtures/sums.py with numpy 2.4 and scipy 1.17.
const fixture = new URL("../../../test/evaluation/fixtures/sums.json", import.meta.url);
const data = JSON.parse(readFileSync(fixture, "utf8")) as {
  readonly features: readonly (readonly number[])[];
  readonly mean: readonly number[];
  readonly covariance: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
  readonly score: { readonly mean: number; readonly std: number };
  readonly counts: readonly number[];
  readonly perplexity: number;
};

/** Values change by at most half of 2^-20. */
const BITS = 20;

function momentsOf(rows: readonly (readonly number[])[]): ExactMoments {
  const moments = ExactMoments.of(4, BITS);
  for (const row of rows) moments.add(row);
  return moments;
}

test("moments are numpy's mean and covariance", () => {
  const moments = momentsOf(data.features);
  assert.equal(moments.count, 23);
  assert.ok(maxAbsDifference(moments.mean, data.mean) < 2 ** -20);
  assert.ok(maxAbsDifference(moments.covariance(), data.covariance) < 1e-5);
});

test("moments of pieces in any order are those of the whole, to the last bit", () => {
  const whole = momentsOf(data.features).toJson();
  const pieces = [2, 0, 1].map((n) => momentsOf(data.features.filter((_, i) => i % 3 === n)));
  const [first, ...others] = pieces as [ExactMoments, ...ExactMoments[]];
  // As through a file.
  const joined = ExactMoments.fromJson(JSON.parse(JSON.stringify(first.toJson())));
  for (const other of others) joined.merge(other);
  assert.deepEqual(joined.toJson(), whole);
});

test("sums refuse vectors of another length, values that are not finite, and sums of another kind", () => {
  const sums = new ExactSums(2, 8);
  assert.throws(() => sums.add([1]), { code: "INVALID_ARGUMENT" });
  assert.throws(() => sums.add([1, Number.NaN]), { code: "INVALID_ARGUMENT" });
  assert.throws(() => sums.merge(new ExactSums(2, 9)), { code: "INVALID_ARGUMENT" });
  assert.throws(() => momentsOf(data.features.slice(0, 1)).covariance(), {
    code: "INVALID_ARGUMENT",
  });
});

test("the Inception score of joined pieces is scipy's", () => {
  const network = { name: "n", features: 1, classes: 5, bits: 0, measure: async () => [] };
  const rows = data.probabilities.map((row) => Float32Array.from([0, ...row]));
  const row = (item: number) => rows[item] as Float32Array;
  const items = [...rows.keys()];
  const pieces = [0, 1, 2, 3].map((n) => {
    return sumFeatures(
      network,
      37,
      items.filter((item) => item % 4 === n),
      row,
    );
  });
  const { score } = joinFeatures(JSON.parse(JSON.stringify(pieces)));
  assert.ok(Math.abs((score?.mean ?? 0) - data.score.mean) < 1e-6);
  assert.ok(Math.abs((score?.std ?? 0) - data.score.std) < 1e-6);
  assert.deepEqual(score, joinFeatures([sumFeatures(network, 37, items, row)]).score);
  const nine = sumFeatures(network, 9, items.slice(0, 9), row);
  assert.equal(joinFeatures([nine]).score, null, "ten splits of nine images");
});

test("use of a codebook: entries that occur, and scipy's perplexity", () => {
  const { perplexity, ...use } = codebookUse(data.counts);
  assert.deepEqual(use, { size: 8, tokens: 22, effective: 5, share: 5 / 8 });
  assert.ok(Math.abs(perplexity - data.perplexity) < 1e-12);
  assert.equal(codebookUse([0, 0]).perplexity, 0);
  assert.deepEqual(countIds(4, [[1, 1], [3]]), [0, 2, 0, 1]);
});
