import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Random } from "@v2l/nn";
import { readJson } from "@v2l/testing";
import {
  BLUR_KERNELS,
  blur,
  centreMask,
  type DegradableBy,
  degrade,
  drawBlurKernel,
  hiddenCells,
  type Image,
  lowerHalfMask,
  RESTORATION_TASKS,
  rotateLeft,
} from "v2l";
import { lcgPicture } from "../lcg-picture.js";
import { tinyParts } from "../tiny-bundle.js";

interface Fixture {
  readonly blurs: readonly {
    readonly seed: number;
    readonly width: number;
    readonly height: number;
    readonly kernel: number;
    readonly sigma: number | null;
    readonly values: readonly number[];
  }[];
  readonly rotated: string;
}

// Written by fixtures/degradations.py with numpy 2.4 and scipy 1.17.
const fixture = new URL("../../../test/degradation/fixtures/degradations.json", import.meta.url);
const { blurs, rotated } = JSON.parse(readFileSync(fixture, "utf8")) as Fixture;

const GRID = { height: 16, width: 16 };

/** A bundle of 16x16 pixels and 4x4 tokens. */
const BUNDLE = {
  image: { size: 16 },
  grid: { height: 4, width: 4 },
  clip: { ...tinyParts().clip, file: "clip.safetensors" },
} as DegradableBy;

for (const { seed, width, height, kernel, sigma, values } of blurs) {
  test(`blur of ${width}x${height} by ${kernel}, sigma ${sigma}, equals scipy's`, () => {
    const options = sigma === null ? { kernel } : { kernel, sigma };
    const { data } = blur(lcgPicture(width, height, seed), options);
    // A byte is the nearest one; ties within the fixture's six digits may go either way.
    values.forEach((value, i) => {
      assert.ok(Math.abs((data[i] as number) - value) <= 0.500001, `${data[i]} for ${value}`);
    });
  });
}

test("kernels are drawn as by albumentations: 5 half as often as 7, 9 and 11", () => {
  const random = new Random(3);
  const counts = new Map(BLUR_KERNELS.map((kernel) => [kernel as number, 0]));
  for (let i = 0; i < 7000; i++) {
    const kernel = drawBlurKernel(random);
    counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
  }
  // Of 5..11, each 1000 times: 5 once, 6 and 7, 8 and 9, 10 and 11. Four standard deviations.
  const wanted = [1000, 2000, 2000, 2000];
  assert.deepEqual([...counts.keys()], [5, 7, 9, 11]);
  [...counts.values()].forEach((count, i) => {
    assert.ok(Math.abs(count - (wanted[i] as number)) < 4 * Math.sqrt(2000 * (5 / 7)), `${count}`);
  });
});

test("a turned picture equals numpy's rot90", () => {
  const turned = rotateLeft(lcgPicture(5, 3, 9));
  assert.deepEqual([turned.width, turned.height], [3, 5]);
  assert.equal(Buffer.from(turned.data).toString("base64"), rotated);
});

test("the masks are the windows of the official evaluation", () => {
  interface Sample {
    readonly task: string;
    readonly global_token_num: number;
    readonly window_starts: readonly number[];
  }
  const samples = readJson<{ denoising: readonly Sample[] }>("prompts.json").denoising;
  const masks = { inpainting: centreMask(GRID), outpainting: lowerHalfMask(GRID) };
  for (const [task, mask] of Object.entries(masks)) {
    const sample = samples.find((one) => one.task === task) as Sample;
    // Each window predicts two tokens; positions count the global tokens before the grid.
    const cells = sample.window_starts.flatMap((start) => [start, start + 1]);
    assert.deepEqual(
      hiddenCells(mask),
      cells.map((cell) => cell - sample.global_token_num),
    );
  }
});

test("in- and outpainting hide all pixels of hidden cells and change no other", () => {
  const image = lcgPicture(16, 16, 1);
  for (const task of ["inpainting", "outpainting"] as const) {
    const { clean, degraded, mask } = degrade(image, task, BUNDLE, { fill: "grey" });
    assert.deepEqual(clean, image);
    const rows =
      task === "inpainting" ? [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1] : [0, 0, 0, 0, 0, 0, 0, 0];
    assert.deepEqual([...mask.hidden].slice(0, rows.length), rows);
    for (let i = 0; i < 256; i++) {
      const cell = Math.floor(i / 64) * 4 + Math.floor((i % 16) / 4);
      const wanted = mask.hidden[cell] === 1 ? [128, 128, 128] : pixel(image, i);
      assert.deepEqual(pixel(degraded, i), wanted, `${task}, pixel ${i}`);
    }
  }
});

for (const preprocess of ["demo", "official"] as const) {
  test(`shift takes the lower right square in place of the middle one (${preprocess})`, () => {
    const wide = lcgPicture(25, 16, 2);
    const bundle = { ...BUNDLE, clip: { ...BUNDLE.clip, preprocess } };
    const { clean, degraded } = degrade(wide, "shift", bundle);
    // The middle begins at 9 / 2: torchvision rounds half to even, albumentations down, both to 4.
    for (let i = 0; i < 256; i++) {
      const row = Math.floor(i / 16) * 25;
      assert.deepEqual(pixel(clean, i), pixel(wide, row + 4 + (i % 16)));
      assert.deepEqual(pixel(degraded, i), pixel(wide, row + 9 + (i % 16)));
    }
  });
}

test("a square is shifted only where a margin is asked for", () => {
  const image = lcgPicture(16, 16, 2);
  const { clean, degraded } = degrade(image, "shift", BUNDLE);
  assert.deepEqual(degraded, clean);
  const moved = degrade(image, "shift", BUNDLE, { shiftMargin: 8 });
  // Both are cut from one picture of 24x24, at 4,4 and at 8,8.
  for (let y = 0; y < 12; y++) {
    for (let x = 0; x < 12; x++) {
      assert.deepEqual(pixel(moved.degraded, y * 16 + x), pixel(moved.clean, (y + 4) * 16 + x + 4));
    }
  }
});

test("each task is a function of the picture and the seed", () => {
  const image = lcgPicture(20, 16, 4);
  for (const task of RESTORATION_TASKS) {
    const options = { seed: 5, shiftMargin: 4 };
    const first = degrade(image, task, BUNDLE, options);
    assert.deepEqual(degrade(image, task, BUNDLE, options), first);
    assert.notDeepEqual(first.degraded, first.clean);
  }
  const kernels = Array.from({ length: 12 }, (_, seed) => {
    return degrade(image, "deblur", BUNDLE, { seed }).degraded.data.join();
  });
  assert.ok(new Set(kernels).size > 1);
});

test("even kernels and deviations that are not above 0 are refused", () => {
  const image = lcgPicture(4, 4, 0);
  for (const options of [{ kernel: 4 }, { kernel: 0 }, { kernel: 5, sigma: 0 }]) {
    assert.throws(() => blur(image, options), { code: "INVALID_ARGUMENT" });
  }
});

function pixel({ data }: Image, i: number): number[] {
  return [...data.subarray(i * 3, i * 3 + 3)];
}
