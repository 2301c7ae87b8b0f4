import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { elements, fromFloat32, type Weights } from "@v2l/nn";
import { maxAbsDifference, rejects } from "@v2l/testing";
import {
  type Image,
  INCEPTION_CLASSES,
  INCEPTION_FEATURES,
  Inception,
  inceptionInput,
  METRIC_WEIGHTS,
} from "v2l";
import { mixedPicture } from "../lcg-picture.js";
import { temporaryFolder } from "../temporary-folder.js";
import { tensor, torchZip } from "../torch-file.js";
import { closedFormInception } from "./closed-form-inception.js";

interface Case {
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** Every 5003rd value of the network's input, every 32nd feature, every 24th probability. */
  readonly pixels: readonly number[];
  readonly features: readonly number[];
  readonly featureSum: number;
  readonly probabilities: readonly number[];
}

// Written by fixtures/inception.py with torchvision 0.14, in float64.
const fixture = new URL("../../../test/metrics/fixtures/inception.json", import.meta.url);
const cases = JSON.parse(readFileSync(fixture, "utf8")) as Case[];
const pictures: Image[] = cases.map(({ width, height, seed }) => mixedPicture(width, height, seed));

/**
 * Every value within `relative` of the wanted one, or of a thousandth of the largest wanted: what is smaller has
 * the float32 rounding of the larger ones, which differs from processor to processor (one value of
 * 0.0036 beside 14 was off by 3.6e-7).
 */
function close(actual: readonly number[], wanted: readonly number[], relative: number): void {
  assert.equal(actual.length, wanted.length);
  const small = 1e-3 * Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => {
    const difference = Math.abs((actual[i] as number) - value);
    const allowed = relative * Math.max(small, Math.abs(value));
    assert.ok(difference <= allowed, `${actual[i]} is not ${value} at ${i}`);
  });
}

function rowOf(values: Float32Array, n: number, width: number): Float32Array {
  return values.subarray(n * width, (n + 1) * width);
}

function every(values: Float32Array, step: number): number[] {
  return [...values.filter((_, i) => i % step === 0)];
}

test("pictures of any shape become 299x299 as torch interpolates them", () => {
  cases.forEach(({ pixels }, i) => {
    const input = every(inceptionInput(pictures[i] as Image), 5003);
    assert.ok(maxAbsDifference(input, pixels) <= 5e-5);
  });
});

/** A file as published, with the counters of batch normalisation beside the weights. */
function publishedFile(t: TestContext, weights: Weights): string {
  const counter = ["counter.num_batches_tracked", { dtype: "int64", shape: [] }] as const;
  const all = [...weights, counter].map(([name, { dtype, shape }], i) => {
    const type = dtype === "int64" ? "LongStorage" : "FloatStorage";
    return [name, tensor({ key: `${i}`, type, count: elements(shape), shape })] as const;
  });
  const bytes = [...[...weights.values()].map((one) => one.bytes), new Uint8Array(8)];
  const path = join(temporaryFolder(t), "inception.pth");
  writeFileSync(path, torchZip(new Map(all), Object.fromEntries(bytes.entries())));
  return path;
}

test("features and probabilities equal torchvision's network with the changes of the FID", async (t) => {
  using inception = await Inception.load(publishedFile(t, closedFormInception()));
  const { features, probabilities } = await inception.measure(pictures);
  const { features: alone } = await inception.measure(pictures.slice(1, 2));
  cases.forEach((wanted, n) => {
    const row = rowOf(features, n, INCEPTION_FEATURES);
    close(every(row, 32), wanted.features, 1e-4);
    close([row.reduce((sum, value) => sum + value, 0)], [wanted.featureSum], 1e-5);
    const classes = rowOf(probabilities, n, INCEPTION_CLASSES);
    close(every(classes, 24), wanted.probabilities, 1e-4);
  });
  // The same picture in a batch of its own.
  close([...rowOf(features, 1, INCEPTION_FEATURES)], [...alone], 1e-5);
  inception.dispose();
  await rejects(inception.measure(pictures), "DISPOSED");
});

test("weights of another network are refused by name, a missing file tells where it is published", async (t) => {
  const weights = new Map([...closedFormInception()].slice(0, 6));
  weights.set("AuxLogits.fc.bias", fromFloat32(new Float32Array(1), [1]));
  const refused = Inception.load(publishedFile(t, weights));
  await rejects(refused, "CHECKPOINT_MISMATCH", "missing fc.weight", "AuxLogits.fc.bias");
  const missing = Inception.load("no/such/file.pth");
  await rejects(
    missing,
    "WEIGHTS_MISSING",
    "no/such/file.pth",
    METRIC_WEIGHTS.inception.url,
    "FID",
  );
});
