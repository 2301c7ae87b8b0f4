import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, type TestContext, test } from "node:test";
import { elements, lpipsNetwork, type TensorData, type Weights } from "@v2l/nn";
import { rejects } from "@v2l/testing";
import { type Image, Lpips, METRIC_WEIGHTS, writeSafetensors } from "v2l";
import { closedFormLpips } from "../closed-form-lpips.js";
import { mixedPicture } from "../lcg-picture.js";
import { temporaryFolder } from "../temporary-folder.js";
import { call, global, list, tensor, torchLegacy } from "../torch-file.js";

interface Case {
  readonly width: number;
  readonly height: number;
  readonly seeds: readonly [number, number];
  readonly distance: number;
}

// Written by fixtures/lpips.py with torchvision 0.14, in float64.
const fixture = new URL("../../../test/metrics/fixtures/lpips.json", import.meta.url);
const cases = JSON.parse(readFileSync(fixture, "utf8")) as Case[];

function pairOf({ width, height, seeds }: Case): [Image, Image] {
  const [a, b] = seeds.map((seed) => mixedPicture(width, height, seed));
  return [a as Image, b as Image];
}

function near(actual: number | undefined, wanted: number): void {
  assert.ok(Math.abs((actual as number) - wanted) <= 1e-5 * wanted, `${actual} is not ${wanted}`);
}

/**
 * A file in the format in which VGG16 and the LPIPS layers are published: older than the zip, and written by
 * Python 2, whose ordered dictionary is a call with a list of pairs.
 */
function publishedFile(folder: string, name: string, weights: Weights): string {
  const path = join(folder, name);
  const pairs = [...weights].map(([key, { shape }]) => {
    return list(key, tensor({ key, count: elements(shape), shape }));
  });
  const storages = [...weights].map(([key, { shape, bytes }]) => {
    return { key, count: elements(shape), data: bytes };
  });
  writeFileSync(
    path,
    torchLegacy(call(global("collections", "OrderedDict"), [list(...pairs)]), storages),
  );
  return path;
}

/** The two published files: torchvision's names with a classifier, and the layers. */
function publishedFiles(t: TestContext, weights: Weights): { vgg16: string; lpips: string } {
  const folder = temporaryFolder(t);
  const classifier: TensorData = { dtype: "float32", shape: [1], bytes: new Uint8Array(4) };
  const vgg16 = new Map([["classifier.0.bias", classifier]]);
  const lpips = new Map<string, TensorData>();
  for (const [name, data] of weights) {
    if (name.includes(".lin")) lpips.set(name.replace("perceptual_loss.", ""), data);
    else vgg16.set(name.replace(/perceptual_loss\.net\.slice\d/, "features"), data);
  }
  return {
    vgg16: publishedFile(folder, "vgg16.pth", vgg16),
    lpips: publishedFile(folder, "vgg.pth", lpips),
  };
}

describe("LPIPS", () => {
  let weights: Weights;
  before(() => {
    weights = closedFormLpips(lpipsNetwork().params);
  });

  test("equals torch's on VGG16 and the layers from published files, for pictures of several sizes", async (t) => {
    using lpips = await Lpips.load(publishedFiles(t, weights));
    const [first, second, ...others] = cases as [Case, Case, ...Case[]];
    const together = await lpips.distances([pairOf(first), pairOf(second)]);
    near(together[0], first.distance);
    near(together[1], second.distance);
    // Calls at once do not wait for each other, though their pictures differ in size.
    const received = await Promise.all(others.map((one) => lpips.distances([pairOf(one)])));
    others.forEach(({ distance }, i) => {
      near(received[i]?.[0], distance);
    });
  });

  test("an official checkpoint carries the weights, too; equal pictures are at distance 0", async (t) => {
    const checkpoint = join(temporaryFolder(t), "checkpoint.safetensors");
    const other: TensorData = { dtype: "float32", shape: [1], bytes: new Uint8Array(4) };
    await writeSafetensors(checkpoint, new Map([...weights, ["encoder.conv_in.bias", other]]));
    using lpips = await Lpips.load({ checkpoint });
    const [a, b] = pairOf(cases[3] as Case);
    const flat = { width: 16, height: 16, data: new Uint8Array(768).fill(9) };
    const [distance, same, constant] = await lpips.distances([
      [a, b],
      [a, a],
      [flat, flat],
    ]);
    near(distance, (cases[3] as Case).distance);
    assert.deepEqual([same, constant], [0, 0]);
    assert.deepEqual(await lpips.distances([]), []);

    const small = { width: 15, height: 16, data: new Uint8Array(720) };
    await rejects(lpips.distances([[small, small]]), "INVALID_ARGUMENT", "16x16", "15x16");
    await rejects(lpips.distances([[a, small]]), "INVALID_ARGUMENT", "15x16");
    lpips.dispose();
    await rejects(lpips.distances([[a, b]]), "DISPOSED");
  });

  test("missing files tell where they are published, wrong ones which tensors are missing", async (t) => {
    const files = publishedFiles(t, new Map([...weights].slice(-3)));
    const { vgg16, lpips } = files;
    await rejects(Lpips.load(files), "CHECKPOINT_MISMATCH", "missing perceptual_loss.net.slice1.0");
    const missing = join(vgg16, "nowhere.pth");
    const noVgg = Lpips.load({ vgg16: missing, lpips });
    await rejects(noVgg, "WEIGHTS_MISSING", METRIC_WEIGHTS.vgg16.url, "LPIPS", missing);
    const noLayers = Lpips.load({ vgg16, lpips: missing });
    await rejects(noLayers, "WEIGHTS_MISSING", METRIC_WEIGHTS.lpips.url);
  });
});
