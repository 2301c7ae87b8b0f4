import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFloat32, Random, toFloat32, V2LError } from "@v2l/nn";
import { closeUp } from "../src/clip/close-up.js";
import { clipConfig } from "../src/clip/config.js";
import { jitter } from "../src/clip/jitter.js";
import { resizePositions } from "../src/clip/start.js";
import { warp } from "../src/clip/warp.js";
import { sceneSpec } from "../src/world/index.js";

test("position embeddings of a finer grid lie between those of the coarse one", () => {
  // one channel on a 2x2 grid after the class token: 0 1 / 2 3, linear in x and y
  const coarse = fromFloat32(new Float32Array([9, 0, 1, 2, 3]), [5, 1]);
  const fine = resizePositions(coarse, 4);
  assert.deepEqual(fine.shape, [17, 1]);
  const row = [0, 0.25, 0.75, 1]; // half-pixel centres, by hand: -0.25 (clamped), 0.25, 0.75, 1.25
  const expectedGrid = [0, 0.25, 0.75, 1].flatMap((y) => row.map((x) => x + 2 * y));
  assert.deepEqual([...toFloat32(fine)], [9, ...expectedGrid]);
});

test("the same grid keeps its position embeddings", () => {
  const positions = fromFloat32(new Float32Array([1, 2, 3, 4, 5]), [5, 1]);
  assert.equal(resizePositions(positions, 2), positions);
});

test("a close-up holds the object and stays within the picture", () => {
  for (let index = 0; index < 20; index++) {
    const scene = sceneSpec(index, { split: "train", objects: [1, 1] });
    const object = scene.objects[0];
    assert.ok(object);
    const data = new Uint8Array(128 * 128 * 3);
    const centre = (Math.round(object.y) * 128 + Math.round(object.x)) * 3;
    data[centre] = 255;
    const cut = closeUp({ width: 128, height: 128, data }, scene);
    assert.equal(cut.width, cut.height);
    assert.ok(Math.abs(cut.width - object.size * 1.1) <= 1);
    assert.ok(cut.data.includes(255), "the object's centre is in the picture");
  }
});

test("close-ups of scenes with several objects are refused", () => {
  assert.throws(
    () => clipConfig({ closeUp: true, objects: [1, 1, 0] }),
    (error: unknown) => error instanceof V2LError && error.code === "INVALID_ARGUMENT",
  );
});

test("jitter of strength 0 leaves a picture alone", () => {
  const planes = new Float32Array([0.1, 0.2, 0.3]);
  jitter(planes, 0, new Random(1));
  assert.deepEqual(planes, new Float32Array([0.1, 0.2, 0.3]));
});

test("jitter maps the pixels of a grey picture by one rising line per channel", () => {
  const levels = [-1, 0, 1];
  for (let seed = 0; seed < 20; seed++) {
    const planes = new Float32Array([...levels, ...levels, ...levels]);
    jitter(planes, 1, new Random(seed));
    for (let c = 0; c < 3; c++) {
      const [low, middle, high] = planes.subarray(c * 3, c * 3 + 3) as unknown as number[];
      const slope = (high as number) - (middle as number);
      assert.ok(slope >= 0.39 && slope <= 1.61, `contrast ${slope}`); // 1 - 0.6 to 1 + 0.6
      assert.ok(Math.abs((middle as number) - (low as number) - slope) < 1e-5);
    }
  }
});

test("warp of strength 0 leaves a picture alone", () => {
  const planes = Float32Array.from({ length: 3 * 16 }, (_, i) => i);
  const before = planes.slice();
  warp(planes, 4, 0, new Random(1));
  assert.deepEqual(planes, before);
});

test("warp maps a linear ramp to a linear ramp about the same centre", () => {
  const side = 33;
  const centre = 16;
  for (let seed = 0; seed < 20; seed++) {
    const planes = Float32Array.from({ length: 3 * side * side }, (_, i) => (i % side) - centre);
    warp(planes, side, 1, new Random(seed));
    const at = (y: number, x: number) => planes[side * side + y * side + x] as number;
    assert.ok(Math.abs(at(centre, centre)) < 1e-5);
    const across = at(centre, centre + 1); // exp(-0.3) to exp(0.3), from the docstring
    const down = at(centre + 1, centre);
    assert.ok(across > 0.74 && across < 1.35, `stretch ${across}`);
    assert.ok(Math.abs(down) < 0.3, `shear ${down}`);
    // within 5 pixels of the centre nothing comes from outside: 5 * (1.35 + 0.3) < 16
    assert.ok(Math.abs(at(centre - 3, centre + 5) - (5 * across - 3 * down)) < 1e-4);
  }
});
