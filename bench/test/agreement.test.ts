import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFloat32, type Weights } from "@v2l/nn";
import { agrees, compare } from "../src/agreement.js";
import { PARTS, type Part } from "../src/parts.js";
import { summarize } from "../src/statistics.js";

const part = (name: string) => PARTS.find((each) => each.name === name) as Part;
const outputs = (values: Readonly<Record<string, number[]>>): Weights =>
  new Map(
    Object.entries(values).map(([name, list]) => [
      name,
      fromFloat32(Float32Array.from(list), [list.length]),
    ]),
  );

test("one different id is a disagreement", () => {
  const ours = outputs({ indices: [3, 5, 7] });
  assert.equal(agrees(compare(ours, outputs({ indices: [3, 5, 7] }), part("encode"))), true);
  const [found] = compare(ours, outputs({ indices: [3, 6, 7] }), part("encode"));
  assert.equal(found?.different, 1);
  assert.equal(agrees([found as NonNullable<typeof found>]), false);
});

test("gradients are compared by group, against the group's largest value", () => {
  const ours = outputs({ "encoder.a": [8, 0.5], "encoder.b": [1], "decoder.a": [2] });
  const theirs = outputs({ "encoder.a": [8, 0.25], "encoder.b": [1], "decoder.a": [2] });
  const [encoder, decoder] = compare(ours, theirs, part("train"));
  assert.deepEqual(encoder, {
    output: "encoder",
    values: 3,
    different: 1,
    largest: 0.25 / 8,
    tolerance: 2e-3,
  });
  assert.equal(decoder?.largest, 0);
});

test("NaN is a disagreement", () => {
  const ours = outputs({ image: [Number.NaN, 0] });
  assert.equal(agrees(compare(ours, outputs({ image: [0, 0] }), part("decode"))), false);
});

test("a missing output is an error", () => {
  const ours = outputs({ "encoder.a": [1] });
  assert.throws(() => compare(ours, outputs({ "decoder.a": [1] }), part("train")), /encoder\.a/);
});

test("medians of odd and even numbers of runs", () => {
  assert.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3, runs: [3, 1, 2] });
  assert.equal(summarize([4, 1, 2, 3]).median, 2.5);
});
