import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, coverage } from "../src/evaluate/coverage.js";
import { type SceneSpec, sceneSpec } from "../src/world/index.js";

/** A scene of these objects; nothing else of it matters here. */
function sceneOf(...nouns: string[]): SceneSpec {
  const { objects, ...scene } = sceneSpec(0, { split: "test", objects: [1, 1] });
  return { ...scene, objects: nouns.flatMap((noun) => objects.map((each) => ({ ...each, noun }))) };
}

const OTHERS = ["a1", "a2", "a3", "a4", "a5", "a6"];

test("an object is named by its noun, by a keyword, or by an entry that has one of them", () => {
  const cactus = sceneOf("cactus");
  const named = { anyBy5: true, allBy21: true };
  assert.deepEqual(coverage(cactus, ["cactus"]), { ...named, nounBy5: true });
  assert.deepEqual(coverage(cactus, ["cactus garden"]), { ...named, nounBy5: true });
  assert.deepEqual(coverage(cactus, ["a plant"]), { ...named, nounBy5: false });
  const none = { anyBy5: false, allBy21: false, nounBy5: false };
  assert.deepEqual(coverage(cactus, ["cactuslike", "plants"]), none);
  assert.deepEqual(coverage(cactus, [...OTHERS, "cactus"]), { ...none, allBy21: true });
});

test("several objects count as named by 21 words only where every one is", () => {
  const both = sceneOf("cactus", "guitar");
  assert.equal(coverage(both, ["guitar"]).anyBy5, true);
  assert.equal(coverage(both, ["guitar"]).allBy21, false);
  assert.equal(coverage(both, ["guitar", "plant"]).allBy21, true);
});

test("chance is that of drawing words without repeats", () => {
  // 2 of 8 entries name it, one of them by its noun: 1 - C(6,5)/C(8,5) and 1 - C(7,5)/C(8,5).
  const { anyBy5, nounBy5, allBy21 } = chance(sceneOf("cactus"), [
    "cactus garden",
    "plant",
    ...OTHERS,
  ]);
  assert.ok(Math.abs(anyBy5 - (1 - 6 / 56)) < 1e-12);
  assert.ok(Math.abs(nounBy5 - (1 - 21 / 56)) < 1e-12);
  assert.equal(allBy21, 1);
});
