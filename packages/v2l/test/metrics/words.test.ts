import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clipScore,
  describeMissingWeights,
  METRIC_WEIGHTS,
  type MetricWeightsName,
  relativeClipScores,
  requireMetricWeights,
  tokenUsage,
} from "v2l";

const INVALID = { code: "INVALID_ARGUMENT" };
const floats = (...values: number[]) => new Float32Array(values);

function near(actual: number | undefined, wanted: number): void {
  assert.ok(Math.abs((actual as number) - wanted) < 1e-9, `${actual} is not ${wanted}`);
}

test("the CLIP score is the cosine in hundredths, of embeddings of any length, and never negative", () => {
  near(clipScore(floats(1, 0), floats(1, 1)), 100 * Math.SQRT1_2);
  // 3-4-5: (3 * 4 + 4 * 3) / (5 * 5) = 0.96.
  near(clipScore(floats(3, 4), floats(4, 3)), 96);
  near(clipScore(floats(2, -1, 2), floats(2, -1, 2)), 100);
  assert.equal(clipScore(floats(1, 0), floats(-1, 0.5)), 0);
  assert.throws(() => clipScore(floats(1, 0), floats(1, 0, 0)), INVALID);
  assert.throws(() => clipScore(floats(1, 0), floats(0, 0)), INVALID);
});

test("relative CLIP scores go from the vocabulary's least similar entry to its most similar one", () => {
  // Cosines 0.96, 0.6, 0 and -0.8: (0.6 + 0.8) / 1.76 and 0.8 / 1.76 in between.
  const scores = relativeClipScores(floats(3, 4), [
    floats(4, 3),
    floats(7, 0),
    floats(8, -6),
    floats(0, -1),
  ]);
  [1, 1.4 / 1.76, 0.8 / 1.76, 0].forEach((wanted, i) => {
    near(scores[i], wanted);
  });
  assert.throws(() => relativeClipScores(floats(3, 4), [floats(1, 1)]), INVALID);
  assert.throws(() => relativeClipScores(floats(3, 4), []), INVALID);
});

test("effective tokens occur at all; perplexity is exp(entropy) of their use", () => {
  assert.deepEqual(tokenUsage([0, 7, 0, 0]), { effective: 1, share: 0.25, perplexity: 1 });
  const even = tokenUsage([5, 5, 5, 5]);
  assert.deepEqual([even.effective, even.share], [4, 1]);
  near(even.perplexity, 4);
  // Shares 1/2, 1/4, 1/4: entropy 1.5 ln 2, so 2^1.5.
  near(tokenUsage([2, 1, 1, 0]).perplexity, 2 ** 1.5);
  near(tokenUsage([0.5, 0.25, 0.25]).perplexity, 2 ** 1.5);
  assert.throws(() => tokenUsage([0, 0]), INVALID);
  assert.throws(() => tokenUsage([]), INVALID);
});

test("without weights the error says where they are published and which metrics go", () => {
  for (const [name, { file, url, metrics }] of Object.entries(METRIC_WEIGHTS)) {
    assert.ok(url.startsWith("https://") && url.endsWith(file), url);
    const line = describeMissingWeights(name as MetricWeightsName);
    for (const part of [file, url, ...metrics]) assert.ok(line.includes(part), line);
    for (const path of [undefined, null, "", "no/such/file.pth"]) {
      assert.throws(() => requireMetricWeights(name as MetricWeightsName, path), {
        code: "WEIGHTS_MISSING",
        message: new RegExp(`^Expected .* for \`${name}\` but received .*${file}`),
      });
    }
    assert.equal(
      requireMetricWeights(name as MetricWeightsName, import.meta.filename),
      import.meta.filename,
    );
  }
});
